import { renderEntry, renderPath } from './toml/render-value.ts';
import { type TomlInput, toTomlValue } from './toml/toml-data.ts';

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

interface Line {
  readonly comment?: string;
  readonly key: string;
  readonly value: TomlInput;
}

/**
 * Entries of `[model_providers.holdfast]`. The name is neither "OpenAI" nor "azure": those change the wire format.
 * The gateway repeats and fails over by itself, and Codex's two retry layers multiply with that, so they are small.
 */
export function gatewayProviderLines(access: GatewayAccess): readonly Line[] {
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
    ...renderLines(gatewayProviderLines(access)),
    '',
    '[features]',
    '# Without this, Codex waits for ever, and without a word, for a gateway that is down.',
    renderEntry('unbounded_connection_retries', false),
    '',
  ].join('\n');
}

function renderLines(lines: readonly Line[]): readonly string[] {
  return lines.flatMap((line) => {
    const entry = renderEntry(line.key, toTomlValue(line.value));
    return line.comment === undefined ? [entry] : [`# ${line.comment}`, entry];
  });
}
