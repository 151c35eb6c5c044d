import type { ActivationAnswer } from '../../admin/gateway-activation.ts';
import { type AdminAccess, type AdminAnswer, askAdmin } from '../admin-client.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';

interface ActivationChange {
  /** Of the gateway, as in `http://gateway:4141`. */
  readonly origin: string;
  readonly method: 'PUT' | 'DELETE';
  readonly body: object;
}

/** The gateway lets a target call a tool before it answers. */
const TIMEOUT_MS = 150_000;
const KEY_VARIABLE = 'HOLDFAST_ADMIN_KEY';

/** `local`: the gateway that runs here, and its key. */
export async function changeActivation(
  { origin, method, body }: ActivationChange,
  local: AdminAccess | undefined,
  cli: Pick<CliDeps, 'env'>,
): Promise<Pick<ActivationAnswer, 'body'> & { readonly status: number }> {
  const named = cli.env[KEY_VARIABLE];
  const key = named !== undefined && named !== '' ? named : local?.url === origin ? local.key : undefined;
  if (key === undefined)
    throw new CliError(
      `the admin key of ${origin} is needed: set ${KEY_VARIABLE}. "holdfast token --admin" prints it on that machine`,
    );
  let answer: AdminAnswer;
  try {
    answer = await askAdmin({ url: origin, key }, { method, path: 'activation', body, timeoutMs: TIMEOUT_MS });
  } catch {
    throw new CliError(`${origin} does not answer`);
  }
  if (answer.status === 401) throw new CliError(`${origin} refuses the admin key`);
  if (!isAnswer(answer.body))
    throw new CliError(
      `what answers at ${origin} is not a Holdfast gateway that can do this (status ${answer.status})`,
    );
  return { status: answer.status, body: answer.body };
}

/** What comes over the network is shown to people: nothing but texts may pass. */
function isAnswer(value: unknown): value is ActivationAnswer['body'] {
  if (!isObject(value) || !('activation' in value)) return false;
  const { activation, message, check, isNew } = value;
  const areTexts = [message, check].every((text) => text === undefined || typeof text === 'string');
  if (!areTexts || (isNew !== undefined && typeof isNew !== 'boolean')) return false;
  if (activation === null) return true;
  if (!isObject(activation)) return false;
  const { target, by, since, reason, until, isForced, isKnown } = activation;
  return (
    [target, by, since].every((text) => typeof text === 'string') &&
    [reason, until].every((text) => text === null || typeof text === 'string') &&
    typeof isForced === 'boolean' &&
    typeof isKnown === 'boolean'
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
