import { isDeepStrictEqual } from 'node:util';
import { type ConfigProblem, describeConfigProblem } from '../../core/config-problem.ts';
import type { Logger } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import type { SettingsLoad } from './load-settings.ts';

/**
 * What a reload did: `changed` (a new generation is current), `unchanged` (the file means the same as before), `kept`
 * (the file cannot be used, the running generation stays).
 */
export type ReloadOutcome = 'changed' | 'unchanged' | 'kept';

export interface SettingsHolder {
  /** The running generation. Whoever has taken one keeps it for as long as the exchange lasts. */
  readonly current: () => Settings;
  /** Errors of the file as it stands now, when it could not be used; else empty. */
  readonly rejected: () => readonly ConfigProblem[];
  /** Loads the file again. Calls made at the same time run one after the other. */
  readonly reload: () => Promise<ReloadOutcome>;
}

export interface SettingsHolderDeps {
  readonly initial: Settings;
  /** Loads the same file again. */
  readonly load: () => Promise<SettingsLoad>;
  readonly log: Logger;
  /** Called after a new generation became current. */
  readonly onChange?: (settings: Settings, previous: Settings) => void;
}

/** Keeps the running generation of settings; a file that cannot be used never replaces it. */
export function createSettingsHolder(deps: SettingsHolderDeps): SettingsHolder {
  let current = deps.initial;
  let rejected: readonly ConfigProblem[] = [];
  let queue: Promise<unknown> = Promise.resolve();

  const keep = (problems: readonly ConfigProblem[]): ReloadOutcome => {
    const isNews = !isDeepStrictEqual(problems, rejected);
    rejected = problems;
    if (!isNews) return 'kept';
    const [first] = problems;
    deps.log.warn('config.rejected', {
      file: current.file,
      generation: current.generation,
      problems: problems.length,
      first: first === undefined ? undefined : describeConfigProblem(first),
    });
    return 'kept';
  };

  const use = (loaded: Settings, warnings: readonly ConfigProblem[]): ReloadOutcome => {
    const wasRejected = rejected.length > 0;
    rejected = [];
    const next: Settings = { ...loaded, generation: current.generation };
    if (isDeepStrictEqual(next, current)) {
      if (wasRejected) deps.log.info('config.restored', { file: current.file, generation: current.generation });
      return 'unchanged';
    }
    const previous = current;
    current = { ...loaded, generation: previous.generation + 1 };
    deps.log.info('config.changed', { file: current.file, generation: current.generation });
    for (const warning of warnings) deps.log.warn('config.warning', { problem: describeConfigProblem(warning) });
    const fixed = needsRestart(previous, current);
    if (fixed !== undefined) deps.log.warn('config.restart_needed', { keys: fixed, generation: current.generation });
    deps.onChange?.(current, previous);
    return 'changed';
  };

  const reload = async (): Promise<ReloadOutcome> => {
    const load = await deps.load();
    switch (load.kind) {
      case 'loaded':
        return use(load.settings, load.problems);
      case 'invalid':
        return keep(load.problems.filter((problem) => problem.severity === 'error'));
      case 'missing':
        return keep([missingFile(current.file)]);
    }
  };

  return {
    current: () => current,
    rejected: () => rejected,
    reload: () => {
      const turn = queue.then(reload);
      queue = turn.catch(() => undefined);
      return turn;
    },
  };
}

const missingFile = (file: string): ConfigProblem => ({
  severity: 'error',
  code: 'UNREADABLE',
  message: 'the configuration file is gone: the settings it had before stay in use. Put it back, or stop the gateway',
  file,
  line: 0,
  column: 0,
  path: '',
});

/** What a running process cannot change: the address it listens on and the ledger that it has open. */
function needsRestart(previous: Settings, next: Settings): string | undefined {
  const keys: string[] = [];
  if (previous.server.hostname !== next.server.hostname || previous.server.port !== next.server.port) {
    keys.push('server.listen');
  }
  if (previous.ledger.enabled !== next.ledger.enabled) keys.push('ledger.enabled');
  if (previous.ledger.file !== next.ledger.file) keys.push('ledger.file');
  return keys.length === 0 ? undefined : keys.join(', ');
}
