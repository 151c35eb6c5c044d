import type { GatewayError } from '../../core/failures.ts';
import type { Clock, Credential } from '../../core/ports.ts';
import type { KeySource } from '../../core/target.ts';
import { readAwsOutput } from './aws-keys.ts';
import { checkKey, unavailable } from './check-key.ts';
import type { RunCommand } from './run-command.ts';
import { sealSecret } from './seal-secret.ts';
import { selectEnvironment } from './select-environment.ts';

type CommandSource = Extract<KeySource, { kind: 'command' }>;

const MAX_OUTPUT_BYTES = 65_536;
/** A key is renewed in the background this share of its interval before the interval ends, at most `MAX_LEAD_MS`. */
const LEAD_SHARE = 0.2;
const MAX_LEAD_MS = 300_000;
/** After a failure the command rests: 1 s, 2 s, 4 s … */
const BASE_REST_MS = 1000;
const MAX_REST_MS = 30_000;
/** A key younger than this is not fetched again after a 401: a fresh one would hardly differ. */
const MIN_AGE_MS = 10_000;
/** More different commands than this are not remembered (hot reloads with ever new commands). */
const MAX_SLOTS = 256;

interface Deps {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runCommand: RunCommand;
}

/** What is known of one command. */
interface Slot {
  key: { readonly credential: Credential; readonly obtainedMs: number } | undefined;
  running: Promise<Credential> | undefined;
  failures: number;
  lastError: GatewayError | undefined;
  restsUntilMs: number;
}

export interface CommandCache {
  readonly obtain: (source: CommandSource) => Promise<Credential>;
  /** True if the next `obtain` runs the command again. */
  readonly invalidate: (source: CommandSource) => boolean;
}

/**
 * Keys from commands. A command runs once however many requests wait; its key is renewed in the background while
 * requests keep coming, and awaited only when there is none or when it has lapsed unused. The last good key outlives
 * failing renewals, until a provider rejects it. Same command, arguments and folder: same key, also across reloads.
 */
export function createCommandCache(deps: Deps): CommandCache {
  const slots = new Map<string, Slot>();

  const slotOf = (source: CommandSource): Slot => {
    const id = JSON.stringify([source.command, source.args, source.cwd, source.prints]);
    const known = slots.get(id);
    if (known !== undefined) return known;
    const slot: Slot = { key: undefined, running: undefined, failures: 0, lastError: undefined, restsUntilMs: 0 };
    const oldest = slots.size < MAX_SLOTS ? undefined : slots.keys().next().value;
    if (oldest !== undefined) slots.delete(oldest);
    slots.set(id, slot);
    return slot;
  };

  return {
    obtain: async (source) => {
      const slot = slotOf(source);
      const { key } = slot;
      if (key === undefined) return refresh(slot, source, deps);
      if (source.refreshIntervalMs === 0) return key.credential;
      const leftMs = key.obtainedMs + source.refreshIntervalMs - deps.clock.monotonic();
      if (leftMs > Math.min(source.refreshIntervalMs * LEAD_SHARE, MAX_LEAD_MS)) return key.credential;
      const refreshed = refresh(slot, source, deps).catch(() => key.credential);
      return leftMs > 0 ? key.credential : refreshed;
    },
    invalidate: (source) => {
      const slot = slotOf(source);
      if (slot.key === undefined) return true;
      if (deps.clock.monotonic() - slot.key.obtainedMs < MIN_AGE_MS) return false;
      slot.key = undefined;
      return true;
    },
  };
}

/** Runs the command unless it already runs or rests after a failure. */
function refresh(slot: Slot, source: CommandSource, deps: Deps): Promise<Credential> {
  if (slot.running !== undefined) return slot.running;
  if (slot.lastError !== undefined && deps.clock.monotonic() < slot.restsUntilMs) return Promise.reject(slot.lastError);
  slot.running = fetchKey(source, deps).then(
    (credential) => {
      slot.running = undefined;
      slot.failures = 0;
      slot.lastError = undefined;
      slot.key = { credential, obtainedMs: deps.clock.monotonic() };
      return credential;
    },
    (error: GatewayError) => {
      slot.running = undefined;
      slot.restsUntilMs = deps.clock.monotonic() + Math.min(BASE_REST_MS * 2 ** slot.failures, MAX_REST_MS);
      slot.failures += 1;
      slot.lastError = error;
      throw error;
    },
  );
  return slot.running;
}

async function fetchKey(source: CommandSource, deps: Deps): Promise<Credential> {
  const outcome = await deps.runCommand({
    command: source.command,
    args: source.args,
    cwd: source.cwd,
    env: selectEnvironment(deps.env),
    timeoutMs: source.timeoutMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (outcome.kind === 'failed') throw unavailable(outcome.problem, `the key command '${source.command}' failed`);
  const subject = `what the key command '${source.command}' printed`;
  const read = source.prints === 'aws' ? readAwsOutput : checkKey;
  return sealSecret(read(outcome.stdout, 'command_output', subject));
}
