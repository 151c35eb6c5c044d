import type { EditOperation, TableLine } from './toml/edit-operation.ts';
import type { TomlDocument } from './toml/parse-document.ts';
import { renderLines } from './toml/place-operation.ts';
import { renderEntry, renderPath } from './toml/render-value.ts';
import { isTable, type TomlTable, valueAt } from './toml/toml-data.ts';

/** The provider id under which Codex knows the gateway. Sessions are pinned to it, so it never changes. */
export const GATEWAY_PROVIDER_ID = 'holdfast';

export interface GatewayAccess {
  /** Where the gateway listens, with `/v1` and without a trailing slash. */
  readonly baseUrl: string;
  /** What Codex runs to get its gateway key. */
  readonly command: string;
  readonly args: readonly string[];
  /** Longest silence that the gateway itself allows an upstream, in ms. */
  readonly longestSilenceMs: number;
}

/** A stalled upstream is the gateway's to notice; Codex steps in only when the gateway itself went silent. */
const IDLE_MARGIN_MS = 30_000;

/**
 * Entries of `[model_providers.holdfast]`. The name is neither "OpenAI" nor "azure": those change the wire format.
 * The gateway repeats and fails over by itself, and Codex's two retry layers multiply with that, so they are small.
 */
function providerLines(access: GatewayAccess): readonly TableLine[] {
  return [
    { key: 'name', value: 'Holdfast' },
    { key: 'base_url', value: access.baseUrl },
    { key: 'wire_api', value: 'responses' },
    {
      comment: 'Codex runs this to get its key for the gateway, so that no key stands in a file.',
      key: 'auth',
      value: { command: access.command, args: access.args, timeout_ms: 5000, refresh_interval_ms: 300_000 },
    },
    {
      comment: 'The gateway repeats and fails over by itself; retries here multiply with that.',
      key: 'request_max_retries',
      value: 1,
    },
    { key: 'stream_max_retries', value: 2 },
    { key: 'stream_idle_timeout_ms', value: access.longestSilenceMs + IDLE_MARGIN_MS },
  ];
}

/** Text of a profile file that sends Codex to the gateway. It needs nothing else to be configured. */
export function renderGatewayProfile(access: GatewayAccess): string {
  return [
    '# Written by Holdfast. Use: codex --profile holdfast. Undo: holdfast codex disconnect.',
    renderEntry('model_provider', GATEWAY_PROVIDER_ID),
    '',
    `[${renderPath(['model_providers', GATEWAY_PROVIDER_ID])}]`,
    ...renderLines(providerLines(access)),
    '',
    '[features]',
    '# Without this, Codex waits for ever, and without a word, for a gateway that is down.',
    renderEntry('unbounded_connection_retries', false),
    '',
  ].join('\n');
}

/** Other ways to send a key, which Codex does not accept beside `auth`. */
const OTHER_KEYS = ['env_key', 'experimental_bearer_token', 'requires_openai_auth'];

/**
 * The same by key, for a file that says other things too: the default provider in `config.toml`, or a profile that
 * somebody edited.
 */
export function connectOperations(data: TomlTable, access: GatewayAccess): readonly EditOperation[] {
  const path = ['model_providers', GATEWAY_PROVIDER_ID];
  const present = valueAt(data, path);
  const provider: readonly EditOperation[] = isTable(present)
    ? [
        ...OTHER_KEYS.filter((key) => present.has(key)).map(
          (key): EditOperation => ({ kind: 'remove', path: [...path, key] }),
        ),
        ...providerLines(access).map(({ key, value }): EditOperation => ({ kind: 'set', path: [...path, key], value })),
      ]
    : [{ kind: 'add-table', path, lines: providerLines(access) }];
  return [
    { kind: 'set', path: ['model_provider'], value: GATEWAY_PROVIDER_ID },
    ...provider,
    { kind: 'set', path: ['features', 'unbounded_connection_retries'], value: false },
  ];
}

/** True when a file sends Codex to the gateway, whoever wrote it. */
const isConnected = (data: TomlTable): boolean => valueAt(data, ['model_provider']) === GATEWAY_PROVIDER_ID;

/** Takes the gateway out of a file when it is not known what stood there before. */
export function disconnectOperations({ data, headers, text }: TomlDocument): readonly EditOperation[] {
  const path = ['model_providers', GATEWAY_PROVIDER_ID];
  const operations: EditOperation[] = [];
  if (valueAt(data, path) !== undefined) operations.push({ kind: 'remove', path });
  if (isConnected(data)) {
    operations.push({ kind: 'remove', path: ['model_provider'] });
    const features = valueAt(data, ['features']);
    if (isTable(features) && features.get('unbounded_connection_retries') === false) {
      const header = headers.find(({ path: names }) => names.length === 1 && names[0] === 'features');
      // Ours has none: a header with a comment stood there before.
      const isTheirs = header !== undefined && /^[^\n]*#/.test(text.slice(header.end));
      const isOnly = features.size === 1 && !isTheirs;
      operations.push({ kind: 'remove', path: isOnly ? ['features'] : ['features', 'unbounded_connection_retries'] });
    }
  }
  return operations;
}
