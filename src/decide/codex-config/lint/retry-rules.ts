import { type TomlTable, valueAt } from '../toml/toml-data.ts';
import {
  activeProviderId,
  type ConfiguredProvider,
  effectiveValue,
  mergedProvider,
  providersOf,
} from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { isLoopback } from './network.ts';
import { BUILT_IN_IDS, RETRY_DEFAULTS, STREAM_RETRY_CAP } from './provider-keys.ts';

/** More requests than this for one failing step keep a user waiting for minutes, and hurt a provider that is down. */
const MANY_REQUESTS = 30;

/** How often Codex may ask when every answer is a server error. */
export function requestsPerStep(table: TomlTable): number {
  const request = numberAt(table, 'request_max_retries') ?? RETRY_DEFAULTS.request;
  const stream = Math.min(numberAt(table, 'stream_max_retries') ?? RETRY_DEFAULTS.stream, STREAM_RETRY_CAP);
  return (request + 1) * (stream + 1);
}

export const RETRY_RULES: readonly LintRule[] = [
  {
    id: 'retries-multiply',
    severity: 'warning',
    summary: 'the two kinds of retries multiply',
    check: (context) =>
      providersOf(context).flatMap((provider): RuleHit[] => {
        if (BUILT_IN_IDS.includes(provider.id)) return [];
        const count = requestsPerStep(mergedProvider(context, provider));
        if (count <= MANY_REQUESTS) return [];
        const key = provider.table.has('stream_max_retries') ? 'stream_max_retries' : 'request_max_retries';
        return [
          {
            file: provider.file,
            path: [...provider.path, key],
            message: `One failing step makes up to ${count.toLocaleString('en')} requests: request and stream retries multiply.`,
            fix: 'Use request_max_retries = 1 and stream_max_retries = 2, above all behind a gateway that retries by itself.',
          },
        ];
      }),
  },
  {
    id: 'stream-retries-capped',
    severity: 'info',
    summary: 'more than 100 stream retries are not made',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): RuleHit[] => {
        const count = numberAt(table, 'stream_max_retries') ?? 0;
        if (count <= STREAM_RETRY_CAP) return [];
        const keyPath = [...path, 'stream_max_retries'];
        const message = `Codex retries at most ${STREAM_RETRY_CAP} times, not ${count}.`;
        const repair = repairBy({ kind: 'set', path: keyPath, value: STREAM_RETRY_CAP });
        return [{ file, path: keyPath, message, fix: `Write ${STREAM_RETRY_CAP}.`, repair }];
      }),
  },
  {
    id: 'waits-for-ever',
    severity: 'warning',
    summary: 'Codex waits without end for a local address that is down',
    check: (context) => {
      const id = activeProviderId(context);
      const provider = providersOf(context).findLast(
        (each): each is ConfiguredProvider => each.id === id && context.effective.layers.includes(each.file),
      );
      const address = effectiveValue(
        context,
        id === 'openai' ? ['openai_base_url'] : ['model_providers', id, 'base_url'],
      );
      const file = address?.file ?? provider?.file;
      if (address === undefined || file === undefined || typeof address.value !== 'string') return [];
      if (!isLoopback(address.value)) return [];
      const path = ['features', 'unbounded_connection_retries'];
      if (valueAt(context.effective.data, path) === false) return [];
      return [
        {
          file,
          path: id === 'openai' ? ['openai_base_url'] : ['model_providers', id, 'base_url'],
          message:
            'Nothing may listen at this address one day. Codex then waits for ever, whatever the retry settings say.',
          fix: 'Set unbounded_connection_retries = false under [features].',
          repair: repairBy({ kind: 'set', path, value: false }),
        },
      ];
    },
  },
  {
    id: 'idle-timeout-short',
    severity: 'warning',
    summary: 'a short `stream_idle_timeout_ms` cuts off models that think',
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): RuleHit[] => {
        const idleMs = numberAt(table, 'stream_idle_timeout_ms');
        if (idleMs === undefined || idleMs >= 10_000) return [];
        return [
          {
            file,
            path: [...path, 'stream_idle_timeout_ms'],
            message: `After ${idleMs} ms without an event Codex drops the answer and asks again. Models think longer than that.`,
            fix: 'Use 60000 or more. The limit does not cover the wait for the first byte: only a gateway can.',
          },
        ];
      }),
  },
];

function numberAt(table: TomlTable, key: string): number | undefined {
  const value = table.get(key);
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
