import { describeKey, describeRetries, type RetryStatus } from './describe-status.ts';
import { hideAddress } from './hide-secrets.ts';
import { activeProviderId, type LintContext, mergedProvider, placeOf, providersOf } from './lint/lint-context.ts';
import { BUILT_IN_IDS } from './lint/provider-keys.ts';
import { stringAt } from './toml/toml-data.ts';

/** A configured provider, without any value that may be a key. */
export interface ProviderSummary {
  readonly id: string;
  readonly isDefault: boolean;
  readonly name: string | null;
  readonly address: string | null;
  readonly key: string;
  /** `null`: built into Codex, cannot be tuned. */
  readonly retries: RetryStatus | null;
  /** Names of the keys that are set. */
  readonly keys: readonly string[];
  /** `file:line`. */
  readonly file: string;
}

export function describeProviders(context: LintContext): readonly ProviderSummary[] {
  const active = activeProviderId(context);
  return providersOf(context).map((provider) => {
    const { id, file, path, table } = provider;
    const all = mergedProvider(context, provider);
    const address = stringAt(all, ['base_url']);
    const place = placeOf(file, path);
    return {
      id,
      isDefault: id === active && context.effective.layers.includes(file),
      name: stringAt(all, ['name']) ?? null,
      address: address === undefined ? null : hideAddress(address),
      key: describeKey(id, all, context),
      retries: BUILT_IN_IDS.includes(id) ? null : describeRetries(all),
      keys: [...table.keys()],
      file: `${place.path}:${place.line}`,
    };
  });
}
