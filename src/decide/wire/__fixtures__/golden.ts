import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'bun:test';

/** Compares with a file that people read in reviews. `UPDATE_GOLDENS=1` writes it; a missing one fails otherwise. */
export function expectGolden(file: string, actual: string): void {
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, actual);
  if (!existsSync(file)) throw new Error(`missing golden ${file}: run with UPDATE_GOLDENS=1 and read it`);
  expect(actual).toBe(readFileSync(file, 'utf8'));
}

/** Files of a folder that end so, without the ending. Finding none is an error: the test would prove nothing. */
export function fixtureNames(folder: string, ending: string): readonly string[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();
  if (names.length === 0) throw new Error(`no *${ending} in ${folder}`);
  return names;
}

export function readFixture(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}
