/** `npm run generate`: writes every file that is made from the sources. A test fails when one of them is out of date. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createJsonSchema } from '../src/decide/config/json-schema.ts';
import { renderCodexDocs } from './render-codex-docs.ts';
import { renderConfigDocs } from './render-config-docs.ts';
import { renderFailures } from './render-failures.ts';
import { renderTools } from './render-tools.ts';

/** Path in the repository → its content. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/codex.md': renderCodexDocs,
  'docs/config.md': renderConfigDocs,
  'docs/failures.md': renderFailures,
  'docs/tools.md': renderTools,
  'schema/holdfast.schema.json': () => `${JSON.stringify(createJsonSchema(), undefined, 2)}\n`,
};

if (import.meta.main) {
  const root = join(import.meta.dir, '..');
  for (const [path, render] of Object.entries(GENERATED)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await Bun.write(join(root, path), render());
    console.log(`wrote ${path}`);
  }
}
