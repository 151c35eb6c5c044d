import { expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { GENERATED } from '../scripts/generate.ts';
import { EXAMPLE } from '../scripts/render-config-docs.ts';
import { createJsonSchema } from '../src/decide/config/json-schema.ts';
import { readSettings } from '../src/decide/config/read-settings.ts';
import { parseTomlDocument } from '../src/decide/config/toml-document.ts';

const root = join(import.meta.dir, '..');
const context = { file: '/holdfast.toml', homeDir: '/h', holdfastHome: '/h/.holdfast', env: { OPENAI_API_KEY: 'set' } };
const readToml = (text: string): unknown => {
  const parsed = parseTomlDocument(text);
  if ('error' in parsed) throw new Error(parsed.error.reason);
  return parsed.document.value;
};

test.each(Object.keys(GENERATED))('%s is what "npm run generate" writes', (path) => {
  expect(existsSync(join(root, path))).toBe(true);
  expect(readFileSync(join(root, path), 'utf8')).toBe(GENERATED[path]?.() ?? '');
});

test('the example of the documentation can be used as it is', () => {
  const reading = readSettings(new TextEncoder().encode(EXAMPLE), context);
  expect(reading).toMatchObject({ kind: 'loaded', problems: [] });
});

test('the JSON Schema accepts the example and refuses a typo', () => {
  const schema = z.fromJSONSchema(createJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  expect(schema.safeParse(readToml(EXAMPLE)).error).toBeUndefined();
  expect(schema.safeParse(readToml(EXAMPLE.replace('first_event', 'first_evnt'))).success).toBe(false);
  expect(schema.safeParse(readToml(EXAMPLE.replace('"90s"', '90'))).success).toBe(false);
});

test('every key of the JSON Schema has a description', () => {
  const bare: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, child] of Object.entries(node)) {
      if (name !== 'properties') visit(child, `${path}/${name}`);
      else
        for (const [key, property] of Object.entries(child as Record<string, { description?: string }>)) {
          if (property.description === undefined) bare.push(`${path}/${key}`);
          visit(property, `${path}/${key}`);
        }
    }
  };
  visit(createJsonSchema(), '');
  expect(bare).toEqual([]);
});
