import { parseDuration } from '../../core/parse-duration.ts';
import { checkKey } from './check-key.ts';
import type { Finding } from './finding.ts';
import { isLoopback, parseListenAddress } from './listen-address.ts';
import type { ReadContext } from './read-context.ts';
import { type TomlDocument, valueAt } from './toml-document.ts';

/** The environment variable that overrides `server.listen`. */
export const LISTEN_VARIABLE = 'HOLDFAST_LISTEN';

const BASES = [
  ['base_ejection', 'max_ejection', '10s', '5m'],
  ['base_withdrawn', 'max_withdrawn', '60s', '15m'],
] as const;

/** What the schema cannot say about [server] and [health]. */
export function checkServer(document: TomlDocument, context: ReadContext): Finding[] {
  return [...checkListen(document, context), ...checkServerKey(document, context), ...checkHealth(document)];
}

function checkListen(document: TomlDocument, context: ReadContext): Finding[] {
  const override = context.env[LISTEN_VARIABLE] || undefined;
  const listen = override ?? valueAt(document.value, ['server', 'listen']);
  if (typeof listen !== 'string') return [];
  const origin = override === undefined ? '`server.listen`' : `${LISTEN_VARIABLE} in the environment`;
  const place = { path: ['server', 'listen'], isOutsideFile: override !== undefined };
  const address = parseListenAddress(listen);
  if (address === undefined) {
    const message = `${origin} must be an address and a port from 0 to 65535, such as "127.0.0.1:4141" or "[::1]:4141"`;
    return [{ code: 'LISTEN', ...place, message }];
  }
  if (isLoopback(address.hostname) || document.has(['server', 'key'])) return [];
  const message = `${origin} can be reached from other machines, and \`server.key\` is not set: anybody there could use your providers. Set \`server.key\`, for example key = { env = "HOLDFAST_KEY" }, or listen on 127.0.0.1`;
  return [{ code: 'LISTEN_WITHOUT_KEY', ...place, message }];
}

function checkServerKey(document: TomlDocument, context: ReadContext): Finding[] {
  const key = valueAt(document.value, ['server', 'key']);
  if (key !== 'none') {
    return checkKey(['server', 'key'], key, context).map((finding) =>
      // A provider without its key is one target less; a gateway without its key would be open or shut for everybody.
      finding.code === 'ENV_UNSET' ? { ...finding, code: 'SERVER_KEY_UNSET' } : finding,
    );
  }
  const message =
    '`server.key` cannot be "none": the gateway always asks for a key, because any web page or program could use it otherwise. Leave it out to get a random local key';
  return [{ code: 'INVALID_VALUE', path: ['server', 'key'], message }];
}

function checkHealth(document: TomlDocument): Finding[] {
  return BASES.flatMap(([base, max, baseDefault, maxDefault]): Finding[] => {
    const baseMs = durationAt(document, ['health', base]) ?? parseDuration(baseDefault) ?? 0;
    const maxMs = durationAt(document, ['health', max]) ?? parseDuration(maxDefault) ?? 0;
    if (baseMs <= maxMs) return [];
    const path = document.has(['health', base]) ? ['health', base] : ['health', max];
    const message = `\`health.${base}\` is longer than \`health.${max}\`: the first rest cannot be longer than the longest. Shorten the one or lengthen the other`;
    return [{ code: 'DURATIONS_CONTRADICT', path, message }];
  });
}

/** The duration at a path in ms; `undefined` when it is absent or not valid (the schema says so then). */
export function durationAt(document: TomlDocument, path: readonly (string | number)[]): number | undefined {
  const value = valueAt(document.value, path);
  return typeof value === 'string' ? parseDuration(value) : undefined;
}
