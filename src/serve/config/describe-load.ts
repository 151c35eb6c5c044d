import { describeConfigProblem } from '../../core/config-problem.ts';
import type { SettingsLoad } from './load-settings.ts';

/** One line per problem, then a line that counts them; nothing for a file without problems. */
export function describeProblems(load: Exclude<SettingsLoad, { kind: 'missing' }>): readonly string[] {
  if (load.problems.length === 0) return [];
  const errors = load.problems.filter((problem) => problem.severity === 'error').length;
  const counts = [count(errors, 'error'), count(load.problems.length - errors, 'warning')].filter(
    (text) => text !== '',
  );
  return [...load.problems.map(describeConfigProblem), `${counts.join(' and ')}.`];
}

const count = (number: number, word: string): string =>
  number === 0 ? '' : `${number} ${word}${number === 1 ? '' : 's'}`;

/** What to do when there is no configuration at all, in three lines. */
export function describeMissing(looked: readonly string[]): string {
  return [
    `there is no configuration. Looked for ${looked.join(' and ')}`,
    'Write one of these files (its keys: docs/config.md), or name another with --config FILE.',
    'To see Holdfast at work without keys or configuration, run "holdfast demo".',
  ].join('\n');
}
