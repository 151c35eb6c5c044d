import { describe, expect, test } from 'bun:test';
import { renderDiff } from './render-diff.ts';

describe('a difference', () => {
  test.each<[name: string, before: string | undefined, after: string | undefined, expected: string]>([
    ['of a new file', undefined, 'a = 1\n', '--- (no file)\n+++ f\n+a = 1'],
    ['of a removed file', 'a = 1\n', undefined, '--- f\n+++ (no file)\n-a = 1'],
    [
      'of one line among many',
      '1\n2\n3\n4\n5\n6\n7\n',
      '1\n2\n3\nx\n5\n6\n7\n',
      '--- f\n+++ f\n@@\n 2\n 3\n-4\n+x\n 5\n 6',
    ],
    [
      'of two places',
      'a\n1\n2\n3\n4\n5\nb\n',
      'x\n1\n2\n3\n4\n5\ny\n',
      '--- f\n+++ f\n-a\n+x\n 1\n 2\n@@\n 4\n 5\n-b\n+y',
    ],
    ['of lines put between', 'a\nb\n', 'a\nx\nb\n', '--- f\n+++ f\n a\n+x\n b'],
    ['with CRLF', 'a\r\nb\r\n', 'a\r\nc\r\n', '--- f\n+++ f\n a\n-b\n+c'],
  ])('%s', (_, before, after, expected) => {
    expect(renderDiff('f', before, after)).toBe(expected);
  });

  test('of two large files that have nothing in common is still shown', () => {
    const lines = (prefix: string): string =>
      Array.from({ length: 3000 }, (_, index) => `${prefix}${index}`).join('\n');
    expect(renderDiff('f', lines('a'), lines('b')).split('\n').length).toBe(6002);
  });
});

test('tables in which any value may be a key are hidden on both sides', () => {
  const before = '[a.env]\nB = "secret1"\nC = "ok"\n\n[a]\nx = "shown"\n';
  const after = '[a.env]\nB = "secret2"\nC = "ok"\n\n[a]\nx = "seen"\n';
  const shown = renderDiff('f', before, after);
  expect(shown).not.toContain('secret');
  expect(shown).toContain('-x = "shown"\n+x = "seen"');
});
