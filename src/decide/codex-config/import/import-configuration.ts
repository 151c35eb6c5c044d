import { importBifrost } from './import-bifrost.ts';
import { importCcSwitch } from './import-cc-switch.ts';
import { importClaudeCodeRouter } from './import-claude-code-router.ts';
import { importCodex } from './import-codex.ts';
import { importLiteLlm } from './import-litellm.ts';
import { importOpenCodex } from './import-opencodex.ts';
import { importPortkey } from './import-portkey.ts';
import type { Imported } from './imported.ts';

export const IMPORT_SOURCES = [
  'codex',
  'bifrost',
  'litellm',
  'portkey',
  'cc-switch',
  'claude-code-router',
  'opencodex',
] as const;
export type ImportSource = (typeof IMPORT_SOURCES)[number];

/** How text becomes values: passed in, because parsers belong to the runtime. Both throw on what is not valid. */
export interface ImportParsers {
  readonly parseYaml: (text: string) => unknown;
  /** With the comments and trailing commas that people leave in such files. */
  readonly parseJson: (text: string) => unknown;
}

/** Reads another tool's configuration into Holdfast's; a reason when it cannot be read at all. */
export function importConfiguration(source: ImportSource, text: string, parsers: ImportParsers): Imported | string {
  if (source === 'codex') return importCodex(text);
  const parse = source === 'litellm' ? parsers.parseYaml : parsers.parseJson;
  let value: unknown;
  try {
    value = parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return source === 'litellm' ? 'it is not valid YAML' : 'it is not valid JSON';
  }
  switch (source) {
    case 'bifrost':
      return importBifrost(value);
    case 'litellm':
      return importLiteLlm(value);
    case 'portkey':
      return importPortkey(value);
    case 'cc-switch':
      return importCcSwitch(value);
    case 'claude-code-router':
      return importClaudeCodeRouter(value);
    case 'opencodex':
      return importOpenCodex(value);
  }
}
