import type { CodexRun } from '../../../core/codex-cli.ts';
import type { StrictLoad } from '../../../decide/codex-config/doctor/doctor-facts.ts';
import { hideSecrets } from '../../../decide/codex-config/hide-secrets.ts';

/** After `exec`: Codex loads its configuration strictly and ends, in a folder that is no repository. */
export const STRICT_LOAD: readonly string[] = ['--strict-config', 'hi'];

/** Codex ends with this in a folder that is no repository, once it has accepted its configuration. */
const ACCEPTED = /Not inside a trusted directory/;

/** What Codex said of its configuration. */
export function readStrictLoad(run: CodexRun): StrictLoad {
  if (run.kind !== 'ended') return { kind: 'unclear' };
  if (ACCEPTED.test(run.stderr)) return { kind: 'accepted' };
  // The message may span lines; what follows is an excerpt of the file, which may hold keys.
  const lines = run.stderr.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith('Error'));
  if (start === -1) return { kind: 'unclear' };
  const message = lines
    .slice(start, start + 2)
    .filter((line) => line !== '' && !line.startsWith('|'))
    .map(hideSecrets)
    .join(' ');
  return { kind: 'refused', message: message.slice(0, 300) };
}
