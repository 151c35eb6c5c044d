import type { FileText } from '../../core/user-files.ts';
import { createSecretHider } from './hide-secrets.ts';

/** Lines of context around a change. */
const CONTEXT = 2;
/** Beyond this many changed lines, old and new are shown as two blocks instead of being matched line by line. */
const MAX_MATCHED = 2_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** What changes in a file, as a unified diff without line numbers. Values that may be keys are hidden. */
export function renderDiff(path: string, before: FileText, after: FileText): string {
  const head = [`--- ${before === undefined ? '(no file)' : path}`, `+++ ${after === undefined ? '(no file)' : path}`];
  const lines = diffLines(toLines(before), toLines(after));
  const shown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ mark }) => mark !== ' '),
  );
  // Each side has its own tables, in which lines mean what they mean.
  const [hideOld, hideNew] = [createSecretHider(), createSecretHider()];
  const body = lines.flatMap(({ mark, text }, index) => {
    const old = mark === '+' ? '' : hideOld(text);
    const hidden = mark === '-' ? old : hideNew(text);
    if (!shown[index]) return [];
    const isAfterGap = index > 0 && !shown[index - 1];
    return [...(isAfterGap ? ['@@'] : []), `${mark}${hidden}`];
  });
  return [...head, ...body].join('\n');
}

function toLines(text: FileText): readonly string[] {
  if (text === undefined || text === '') return [];
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
}

function diffLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const rest = Math.min(before.length, after.length) - start;
  while (end < rest && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const same = (text: string): Line => ({ mark: ' ', text });
  return [
    ...before.slice(0, start).map(same),
    ...matchLines(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** The longest common lines stay; the rest goes and comes. */
function matchLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  const gone = (text: string): Line => ({ mark: '-', text });
  const come = (text: string): Line => ({ mark: '+', text });
  if (before.length * after.length === 0 || before.length + after.length > MAX_MATCHED) {
    return [...before.map(gone), ...after.map(come)];
  }
  // common[i][j]: how many lines the ends from i and from j have in common, in order.
  const common = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const value =
        before[i] === after[j]
          ? (common[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(common[i + 1]?.[j] ?? 0, common[i]?.[j + 1] ?? 0);
      (common[i] ?? [])[j] = value;
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    const [old = '', fresh = ''] = [before[i], after[j]];
    if (old === fresh) {
      lines.push({ mark: ' ', text: old });
      i += 1;
      j += 1;
    } else if ((common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0)) {
      lines.push(gone(old));
      i += 1;
    } else {
      lines.push(come(fresh));
      j += 1;
    }
  }
  return [...lines, ...before.slice(i).map(gone), ...after.slice(j).map(come)];
}
