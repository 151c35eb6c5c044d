import { DEFAULT_TEAM_EXPIRES_MS } from '../../../decide/codex-config/activation/activation-request.ts';
import { printableText } from '../../../decide/codex-config/printable-text.ts';
import type { ActivationAnswer } from '../../admin/gateway-activation.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import { describeActivation } from '../status-command.ts';
import type { ActivateDeps } from './activate-deps.ts';

interface TeamOptions {
  readonly reason?: string;
  readonly expires?: number;
  readonly force?: true;
  readonly json?: true;
}

/** `--team` names a gateway by its address, everything else is a file or folder. */
export const isAddress = (team: string): boolean => /^https?:\/\//i.test(team);

/**
 * Puts a target first on a gateway that a team shares. The gateway asks the target itself, with its own keys; nothing on
 * this machine changes, because Codex here asks that gateway already.
 */
export async function activateOnGateway(
  name: string,
  address: string,
  options: TeamOptions,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<void> {
  const [, prefix, target = name] = /^(gateway|provider|profile):(.+)$/.exec(name) ?? [];
  if (prefix === 'provider' || prefix === 'profile')
    throw new CliError(`a gateway has targets, no ${prefix}s: name one of its targets`, 2);
  const origin = originOf(address);
  if (!options.json) cli.err(`${origin} is asking ${target} …`);
  const body = {
    target,
    by: deps.who,
    reason: options.reason ?? null,
    expiresInMs: options.expires ?? DEFAULT_TEAM_EXPIRES_MS,
    isForced: options.force ?? false,
  };
  const { status, body: answer } = await deps.changeActivation(origin, 'PUT', body);
  if (options.json) cli.out(JSON.stringify(answer));
  if (status !== 200) throw refusal(answer, status, options, ' To switch all the same: --force');
  if (options.json || answer.activation === null) return;
  if (answer.isNew !== true) cli.out(`${target} is active already.`);
  else if (answer.check !== undefined)
    cli.out(`${answer.activation.isForced ? 'FORCED, although' : 'Checked'}: ${printableText(answer.check)}`);
  cli.out(describeActivation(answer.activation));
  cli.out(`The next request to ${origin} goes there first.`);
  cli.out(`Back:     holdfast deactivate --team ${origin}`);
}

/** Ends it, once what the gateway goes back to has called a tool. */
export async function deactivateOnGateway(
  address: string,
  options: TeamOptions,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<void> {
  const origin = originOf(address);
  const body = { by: deps.who, reason: options.reason ?? null, isForced: options.force ?? false };
  const { status, body: answer } = await deps.changeActivation(origin, 'DELETE', body);
  if (options.json) cli.out(JSON.stringify(answer));
  if (status !== 200) throw refusal(answer, status, options, ' To go back all the same: --force');
  if (options.json) return;
  if (answer.isNew !== true) {
    cli.out(`Nothing is activated on ${origin}.`);
    return;
  }
  if (answer.check !== undefined) cli.out(`Checked: ${printableText(answer.check)}`);
  cli.out(`${origin} goes by its configuration again.`);
}

function refusal(answer: ActivationAnswer['body'], status: number, { json }: TeamOptions, hint: string): CliError {
  if (json) return new CliError('', status === 404 ? 2 : 1);
  const reason = printableText(answer.message ?? `status ${status}`);
  if (status === 404 || status === 400) return new CliError(reason, 2);
  return new CliError(`${reason}. Nothing was changed.${/cannot be forced/.test(reason) ? '' : hint}`);
}

/** The gateway's own address, also when somebody pasted Codex's base_url. */
function originOf(address: string): string {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '')
    throw new CliError('--team takes the address of a gateway without a key in it, as in http://gateway:4141', 2);
  return url.origin;
}
