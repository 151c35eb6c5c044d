import type { Settings } from '../../../core/settings.ts';
import type { ActivationTarget } from '../../../decide/codex-config/activation/activation-journal.ts';
import {
  findTargets,
  firstTarget,
  targetNames,
} from '../../../decide/codex-config/activation/activation-operations.ts';
import { activeAddress } from '../../../decide/codex-config/lint/environment-rules.ts';
import {
  activeProviderId,
  createContext,
  effectiveValue,
  type LintContext,
  type LintInput,
  providersOf,
} from '../../../decide/codex-config/lint/lint-context.ts';
import { isLoopback } from '../../../decide/codex-config/lint/network.ts';
import { BUILT_IN_IDS } from '../../../decide/codex-config/lint/provider-keys.ts';
import { nearestName } from '../../../decide/config/nearest-name.ts';
import type { SettingsLoad } from '../../config/load-settings.ts';
import { CliError } from '../cli-deps.ts';

/** The machine as it is now. */
export interface Machine {
  readonly input: LintInput;
  readonly context: LintContext;
  readonly settings: Settings | undefined;
}

export function createMachine(input: LintInput, load: SettingsLoad): Machine {
  return { input, context: createContext(input), settings: load.kind === 'loaded' ? load.settings : undefined };
}

/** What a name means here. `gateway:`, `provider:` and `profile:` in front settle what is ambiguous. */
export function findTarget(name: string, model: string | undefined, machine: Machine): ActivationTarget {
  const [, prefix, rest = name] = /^(gateway|provider|profile):(.+)$/.exec(name) ?? [];
  const target = (kind: ActivationTarget['kind']): ActivationTarget => ({ kind, target: rest, model: model ?? null });
  const { context, settings } = machine;
  const isTarget = settings !== undefined && findTargets(settings, rest).length > 0;
  const isProfile = context.files.some((file) => file.profile === rest);
  const providers = providersOf(context)
    .filter(({ file }) => file.role === 'user')
    .map(({ id }) => id);
  const isProvider = [...BUILT_IN_IDS, ...providers].includes(rest);
  if (
    isTarget &&
    (prefix === 'gateway' || (prefix === undefined && (usesGateway(context) || !(isProfile || isProvider))))
  ) {
    return target('gateway-target');
  }
  if (isProfile && (prefix === 'profile' || prefix === undefined)) return target('profile');
  if (isProvider && (prefix === 'provider' || prefix === undefined)) return target('provider');
  const known = [
    ...(settings === undefined ? [] : targetNames(settings)),
    ...context.files.flatMap((file) => (file.profile === undefined ? [] : [file.profile])),
    ...providers,
  ];
  const nearest = nearestName(rest, known);
  throw new CliError(
    `there is no target, profile or provider "${name}". ${nearest === undefined ? `There are: ${known.join(', ')}` : `Did you mean "${nearest}"?`}`,
    2,
  );
}

/** True when Codex sends its requests to an address on this machine that is the gateway's. */
function usesGateway(context: LintContext): boolean {
  const address = activeAddress(context);
  return activeProviderId(context) === 'holdfast' && address !== undefined && isLoopback(address);
}

/** What is in use now, of the same kind as `target`: what going back would go back to. */
export function presentTarget(target: ActivationTarget, { context, settings }: Machine): ActivationTarget | null {
  if (target.kind === 'gateway-target') {
    const first = settings === undefined ? undefined : firstTarget(settings, findTargets(settings, target.target));
    return first === undefined ? null : { kind: 'gateway-target', target: first.name, model: first.model };
  }
  const model = effectiveValue(context, ['model'])?.value;
  return { kind: 'provider', target: activeProviderId(context), model: typeof model === 'string' ? model : null };
}
