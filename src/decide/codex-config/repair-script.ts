import type { Splice } from '../../core/edit-receipt.ts';
import type { FileText } from '../../core/user-files.ts';
import { findCall } from './lint/lint-script.ts';
import type { Edited } from './receipt.ts';
import { applySplice } from './splice.ts';

/**
 * Brings calls of Codex in a script into today's form, as far as that needs no decision: `-q`, `--quiet`, `--full-auto`,
 * and `CODEX_PROFILE=x` in front of a call. Everything else stays, for `lint` to name.
 */
export function repairScript(text: FileText): Edited {
  if (text === undefined) return { text, splices: [], keys: [] };
  const splices: Splice[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    for (const { at, removed, inserted } of repairLine(line)) splices.push({ at: start + at, removed, inserted });
    start += line.length + 1;
  }
  // From the end, so that every place is still where it was found.
  const ordered = splices.toSorted((left, right) => right.at - left.at);
  const repaired = ordered.reduce<string | undefined>(
    (current, splice) => (current === undefined ? undefined : applySplice(current, splice)),
    text,
  );
  return repaired === undefined ? { text, splices: [], keys: [] } : { text: repaired, splices: ordered, keys: [] };
}

function repairLine(line: string): readonly Splice[] {
  const call = findCall(line);
  if (call === undefined) return [];
  const { codexAt, argumentsAt, masked } = call;
  const splices: Splice[] = [];
  const quiet = /(?<=^|\s)(?:-q|--quiet)(?=\s|$)/.exec(masked);
  if (quiet !== null) {
    const at = argumentsAt + quiet.index;
    const isExec = /(?<=^|\s)exec(?=\s|$)/.test(masked);
    // A word that goes takes one space along.
    const removed = isExec ? line.slice(at, at + quiet[0].length + 1) : quiet[0];
    splices.push({ at, removed, inserted: isExec ? '' : 'exec' });
  }
  const auto = /(?<=^|\s)--full-auto(?=\s|$)/.exec(masked);
  if (auto !== null)
    splices.push({ at: argumentsAt + auto.index, removed: auto[0], inserted: '--sandbox workspace-write' });
  const profile = /(?<=^|\s)CODEX_PROFILE=([\w-]+)\s+(?=(?:npx\s+)?[\w./-]*$)/.exec(line.slice(0, codexAt));
  if (profile !== null && !/(?<=^|\s)(?:-p|--profile)(?=[\s=])/.test(masked)) {
    splices.push({ at: profile.index, removed: profile[0], inserted: '' });
    splices.push({ at: argumentsAt, removed: '', inserted: `--profile ${profile[1] ?? ''} ` });
  }
  return splices;
}
