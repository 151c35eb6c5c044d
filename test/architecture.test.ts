import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const ROOT = join(import.meta.dir, '..');
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  decide: ['core'],
  connect: ['core'],
  exchange: ['core', 'decide'],
  serve: ['core', 'decide', 'exchange'],
};
const IMPURE =
  /Math\.random|Date\.now|new Date\(\)|performance\.now|process\.env|setTimeout|setInterval|\bfetch\(|Bun\.(?!CryptoHasher|deepEquals)|node:(fs|net|http|child_process|os)|randomBytes|randomUUID/;
const IMPORT = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

const sources = [...new Bun.Glob('src/**/*.ts').scanSync({ cwd: ROOT })]
  .filter((file) => !file.endsWith('.test.ts') && !file.includes('/__fixtures__/'))
  .sort();
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const layerOf = (file: string): string | undefined =>
  file.split('/')[2] === undefined ? undefined : file.split('/')[1];
const importsOf = (file: string): string[] =>
  [...read(file).matchAll(IMPORT)].map((match) => posix.join(posix.dirname(file), match[1] ?? ''));

describe('architecture', () => {
  test('sources, layers and imports were found', () => {
    expect(sources.length).toBeGreaterThan(50);
    for (const layer of Object.keys(MAY_IMPORT)) expect(sources.some((file) => layerOf(file) === layer)).toBe(true);
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(100);
  });

  test('every file is in a layer, or is the composition root', () => {
    expect(sources.filter((file) => layerOf(file) === undefined)).toEqual(['src/main.ts', 'src/wiring.ts']);
    expect(sources.filter((file) => layerOf(file) !== undefined && !((layerOf(file) ?? '') in MAY_IMPORT))).toEqual([]);
  });

  test('imports go in one direction', () => {
    const wrong = sources.flatMap((file) => {
      const layer = layerOf(file);
      if (layer === undefined) return [];
      return importsOf(file)
        .filter((target) => {
          const to = layerOf(target);
          return target.startsWith('src/') && to !== layer && !(MAY_IMPORT[layer] ?? []).includes(to ?? '');
        })
        .map((target) => `${file} → ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test('adapters do not import each other', () => {
    const room = (file: string): string => file.split('/').slice(0, 3).join('/');
    const wrong = sources
      .filter((file) => file.startsWith('src/connect/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => target.startsWith('src/connect/') && room(target) !== room(file))
          .map((target) => `${file} → ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  test('decisions are pure', () => {
    const impure = sources.filter((file) => file.startsWith('src/decide/') && IMPURE.test(withoutComments(read(file))));
    expect(impure).toEqual([]);
  });

  test('the stages of the walk are files, and docs/walk.md has a heading for each', () => {
    const stages = sources
      .map((file) => /^src\/exchange\/(\d)-(\w+)\.ts$/.exec(file))
      .filter((match) => match !== null);
    expect(stages.map((match) => `${match[1]}-${match[2]}`)).toEqual([
      '1-admit',
      '2-plan',
      '3-attempt',
      '4-commit',
      '5-settle',
    ]);
    const headings = [...readFileSync(join(ROOT, 'docs/walk.md'), 'utf8').matchAll(/^## (\d)-(\w+)$/gm)].map(
      (match) => `${match[1]}-${match[2]}`,
    );
    expect(headings).toEqual(stages.map((match) => `${match[1]}-${match[2]}`));
  });
});

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
