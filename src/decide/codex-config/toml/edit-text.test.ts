import { describe, expect, test } from 'bun:test';
import { undoSplices } from '../splice.ts';
import { CONFIG_TEXTS } from './__fixtures__/config-texts.ts';
import { applyToData, type EditOperation } from './edit-operation.ts';
import { type EditResult, editText } from './edit-text.ts';
import { parseDocument } from './parse-document.ts';
import { sameData, type TomlTable } from './toml-data.ts';

const ADD_PROVIDER: EditOperation = {
  kind: 'add-table',
  path: ['model_providers', 'new-one'],
  lines: [
    { comment: 'why', key: 'name', value: 'New "one"' },
    { key: 'base_url', value: 'https://new.example/v1' },
    { key: 'auth', value: { command: 'C:\\bin\\x', args: ['a', 'b'], timeout_ms: 5000 } },
  ],
};

const OPERATIONS: ReadonlyArray<readonly [name: string, operations: readonly EditOperation[]]> = [
  ['nothing', []],
  ['set a top-level key', [{ kind: 'set', path: ['model_provider'], value: 'new-one' }]],
  ['set a feature', [{ kind: 'set', path: ['features', 'unbounded_connection_retries'], value: false }]],
  ['set a key of a provider', [{ kind: 'set', path: ['model_providers', 'acme', 'request_max_retries'], value: 1 }]],
  ['set a nested table', [{ kind: 'set', path: ['model_providers', 'acme', 'auth'], value: { command: 'y' } }]],
  ['add a provider', [ADD_PROVIDER]],
  ['add a provider and use it', [ADD_PROVIDER, { kind: 'set', path: ['model_provider'], value: 'new-one' }]],
  ['remove a top-level key', [{ kind: 'remove', path: ['model_provider'] }]],
  ['remove a provider', [{ kind: 'remove', path: ['model_providers', 'acme'] }]],
  ['remove all providers', [{ kind: 'remove', path: ['model_providers'] }]],
  ['remove an array of tables', [{ kind: 'remove', path: ['hooks'] }]],
];

function edited(text: string, operations: readonly EditOperation[]): Extract<EditResult, { kind: 'edited' }> {
  const result = editText(text, operations);
  if (result.kind === 'refused') throw new Error(result.reason);
  return result;
}

function dataOf(text: string): TomlTable {
  const parsed = parseDocument(text);
  if (parsed.kind === 'broken') throw new Error(parsed.problem.message);
  return parsed.document.data;
}

test('there are enough fixtures, and all are TOML', () => {
  expect(CONFIG_TEXTS.length).toBeGreaterThanOrEqual(60);
  for (const [name, text] of CONFIG_TEXTS) expect([name, parseDocument(text).kind]).toEqual([name, 'ok']);
});

describe.each(OPERATIONS)('%s', (_, operations) => {
  test.each(CONFIG_TEXTS)('in %s', (_name, text) => {
    const result = edited(text, operations);
    const after = result.text ?? '';
    const isRemoval = operations.some(({ kind }) => kind === 'remove');

    const intended = operations.reduce<TomlTable>((data, operation) => {
      const next = applyToData(data, operation);
      if (typeof next === 'string') throw new Error(next);
      return next;
    }, dataOf(text));
    const isEmptied = isRemoval && !sameData(dataOf(after), intended);
    if (!isEmptied) expect(sameData(dataOf(after), intended)).toBe(true);
    expect(comments(after)).toEqual(expect.arrayContaining(isRemoval ? [] : comments(text)));
    for (const { removed } of result.splices) if (!isRemoval) expect(removed).not.toContain('\n');
    expect(undoSplices(after, result.splices)).toBe(text);
    expect(
      edited(
        after,
        operations.filter(({ kind }) => kind !== 'add-table'),
      ).splices,
    ).toEqual([]);
    if (!text.includes('\r\n')) expect(after).not.toContain('\r');
    else if (!/[^\r]\n/.test(text)) expect(after).not.toMatch(/[^\r]\n/);
    expect(after.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'));
  });
});

/** Comments, found without the parser: good enough for fixtures whose strings hold no `#` at a line's end. */
const comments = (text: string): string[] => text.match(/#[^"'\n\r]*$/gm) ?? [];

describe('where a new key goes', () => {
  const set = (path: string[], value: string | boolean): EditOperation => ({ kind: 'set', path, value });
  test.each<[name: string, text: string, operation: EditOperation, expected: string]>([
    [
      'after the last top-level key',
      'a = 1 # one\n\n[t]\nb = 2\n',
      set(['x'], 'y'),
      'a = 1 # one\nx = "y"\n\n[t]\nb = 2\n',
    ],
    ['before the first table', '[t]\nb = 2\n', set(['x'], 'y'), 'x = "y"\n\n[t]\nb = 2\n'],
    ['below the heading comment', '# head\n\n[t]\n', set(['x'], 'y'), '# head\nx = "y"\n\n[t]\n'],
    ['above a comment about the first table', '# of t\n[t]\n', set(['x'], 'y'), 'x = "y"\n\n# of t\n[t]\n'],
    [
      'after the last key of its table',
      '[t]\nb = 2 # two\n\n[u]\n',
      set(['t', 'x'], 'y'),
      '[t]\nb = 2 # two\nx = "y"\n\n[u]\n',
    ],
    ['with the indent of its table', '[t]\n\tb = 2\n', set(['t', 'x'], 'y'), '[t]\n\tb = 2\n\tx = "y"\n'],
    ['into an empty table', '[t] # t\n[u]\n', set(['t', 'x'], 'y'), '[t] # t\nx = "y"\n[u]\n'],
    ['into an inline table', 't = { b = 2 } # two\n', set(['t', 'x'], 'y'), 't = { b = 2, x = "y" } # two\n'],
    ['into an empty inline table', 't = {}\n', set(['t', 'x'], 'y'), 't = { x = "y" }\n'],
    ['beside its dotted siblings', 't.b = 2\nu = 1\n', set(['t', 'x'], 'y'), 't.b = 2\nt.x = "y"\nu = 1\n'],
    ['beside dotted siblings in quotes', '"t".b = 2\n', set(['t', 'x'], 'y'), '"t".b = 2\n"t".x = "y"\n'],
    [
      'nested, where the outer table is inline',
      't = { b = 2 }\n',
      set(['t', 'u', 'x'], 'y'),
      't = { b = 2, u = { x = "y" } }\n',
    ],
    ['into a new table at the end', 'a = 1\n', set(['t', 'x'], 'y'), 'a = 1\n\n[t]\nx = "y"\n'],
    ['at the end of a file without a final newline', '[t]\nb = 2', set(['t', 'x'], 'y'), '[t]\nb = 2\nx = "y"'],
    ['as a new table of a file without a final newline', 'a = 1', set(['t', 'x'], 'y'), 'a = 1\n\n[t]\nx = "y"'],
  ])('%s', (_, text, operation, expected) => {
    expect(edited(text, [operation]).text).toBe(expected);
  });

  test('a value is replaced where it stands', () => {
    const text = 'a   =   "old"   # why\n';
    expect(edited(text, [set(['a'], 'new')]).text).toBe('a   =   "new"   # why\n');
  });

  test('a table in several lines is set key by key', () => {
    const text = '[p.auth]\n# c\ncommand = "x" # d\nargs = []\n';
    const operation: EditOperation = { kind: 'set', path: ['p', 'auth'], value: { command: 'y', timeout_ms: 1 } };
    expect(edited(text, [operation]).text).toBe('[p.auth]\n# c\ncommand = "y" # d\ntimeout_ms = 1\n');
  });
});

describe('in arrays', () => {
  const TABLES = '[[r]]\nid = "a"\n  [[r.t]]\n  p = "x" # x\n  n = 1 # one\n  [[r.t]]\n  p = "y"\n\n[[r]]\nid = "b"\n';
  test.each<[name: string, text: string, path: (string | number)[], expected: string]>([
    ['a key of an element', TABLES, ['r', 0, 't', 0, 'n'], TABLES.replace('n = 1', 'n = 9')],
    ['a new key of an element', TABLES, ['r', 0, 't', 1, 'n'], TABLES.replace('p = "y"\n', 'p = "y"\n  n = 9\n')],
    [
      'a key of an inline element',
      't = [{ p = "x" }, { p = "y" }] # c\n',
      ['t', 1, 'n'],
      't = [{ p = "x" }, { p = "y", n = 9 }] # c\n',
    ],
    ['an element', 'n = [1, 2] # c\n', ['n', 1], 'n = [1, 9] # c\n'],
  ])('%s is set', (_, text, path, expected) => {
    const result = edited(text, [{ kind: 'set', path, value: 9 }]);
    expect(result.text).toBe(expected);
    expect(undoSplices(expected, result.splices)).toBe(text);
    expect(edited(expected, [{ kind: 'set', path, value: 9 }]).splices).toEqual([]);
  });

  test('an element that does not exist is refused', () => {
    expect(editText(TABLES, [{ kind: 'set', path: ['r', 5, 'id'], value: 1 }])).toEqual({
      kind: 'refused',
      reason: 'r[5].id: there is no element 5',
    });
  });
});

describe('what goes with a removed key', () => {
  test.each<[name: string, text: string, path: string[], expected: string]>([
    ['its line', 'a = 1\nb = 2 # two\nc = 3\n', ['b'], 'a = 1\nc = 3\n'],
    ['all lines of its value', 'a = [\n 1,\n 2,\n] # x\nc = 3\n', ['a'], 'c = 3\n'],
    ['the last line without a newline', 'a = 1\nb = 2', ['b'], 'a = 1\n'],
    ['a table and one of the blank lines around it', 'a = 1\n\n[t]\nb = 2\n\n[u]\n', ['t'], 'a = 1\n\n[u]\n'],
    ['the last table and the blank line before it', 'a = 1\n\n[t]\nb = 2\n', ['t'], 'a = 1\n'],
    ['its sub-tables', '[t]\n[x]\ny = 1\n[t.u]\nb = 2\n', ['t'], '[x]\ny = 1\n'],
    ['comments between its lines, not those after', '[t]\n# in\nb = 2\n# after\n[u]\n', ['t'], '# after\n[u]\n'],
    ['the first of an inline table', 't = { a = 1, b = 2 }\n', ['t', 'a'], 't = { b = 2 }\n'],
    ['one in the middle', 't = { a = 1, b = 2, c = 3 }\n', ['t', 'b'], 't = { a = 1, c = 3 }\n'],
    ['the last of an inline table', 't = { a = 1, b = 2 }\n', ['t', 'b'], 't = { a = 1 }\n'],
    ['the only one', 't = { a = 1 }\n', ['t', 'a'], 't = {}\n'],
    ['dotted ones in an inline table', 't = { a.x = 1, b = 2, a.y = 3 }\n', ['t', 'a'], 't = { b = 2 }\n'],
    ['dotted lines', 't.a.x = 1\nu = 2\nt.a.y = 3\n', ['t', 'a'], 'u = 2\n'],
  ])('%s', (_, text, path, expected) => {
    expect(edited(text, [{ kind: 'remove', path }]).text).toBe(expected);
  });
});

describe('a renamed table', () => {
  test.each<[name: string, text: string, expected: string]>([
    ['as headers', '[p.a] # x\nn = 1\n[p.a.auth]\n[p.b]\n', '[p."new one"] # x\nn = 1\n[p."new one".auth]\n[p.b]\n'],
    ['inline', 'p = { a = { n = 1 }, b = {} }\n', 'p = { "new one" = { n = 1 }, b = {} }\n'],
    ['dotted', 'p.a.n = 1\np . "a" . m = 2\n', 'p."new one".n = 1\np . "new one" . m = 2\n'],
    ['of an array of tables inside', '[p.a]\n[[p.a.x]]\ny = 1\n', '[p."new one"]\n[[p."new one".x]]\ny = 1\n'],
  ])('%s', (_, text, expected) => {
    const result = edited(text, [{ kind: 'rename', path: ['p', 'a'], to: 'new one' }]);
    expect(result.text).toBe(expected);
    expect(undoSplices(expected, result.splices)).toBe(text);
  });
});

describe('an edit is refused, with a reason and untouched text', () => {
  test.each<[name: string, text: string, operation: EditOperation, reason: RegExp]>([
    ['broken TOML', 'a = 1\nb = ', { kind: 'set', path: ['x'], value: 1 }, /^line 2: /],
    ['a duplicate key', 'a = 1\na = 2\n', { kind: 'set', path: ['x'], value: 1 }, /^line 2: .*multiple times/],
    ['a table where a value should go', '[a]\nb = 1\n', { kind: 'set', path: ['a'], value: 1 }, /is a table/],
    ['a value where a table should be', 'a = 1\n', { kind: 'set', path: ['a', 'b'], value: 1 }, /"a" is not a table/],
    [
      'an array where a table should be',
      '[[a]]\nb = 1\n',
      { kind: 'set', path: ['a', 'c'], value: 1 },
      /"a" is not a table/,
    ],
    ['a table that exists', '[a]\n', { kind: 'add-table', path: ['a'], lines: [] }, /exists already/],
    ['a new name that is taken', 'a = 1\nb = 2\n', { kind: 'rename', path: ['a'], to: 'b' }, /exists already/],
  ])('%s', (_, text, operation, reason) => {
    const result = editText(text, [operation]);
    expect(result.kind).toBe('refused');
    expect(result.kind === 'refused' ? result.reason : '').toMatch(reason);
  });

  test('no message quotes the file, which may hold keys', () => {
    for (const text of [
      'key = sk-secret',
      'key = "sk-secret',
      '"sk-secret" = 1\n"sk-secret" = 2',
      'k = "\\sk-secret"',
    ]) {
      const result = editText(text, []);
      expect(JSON.stringify(result)).not.toContain('secret');
      expect(result.kind).toBe('refused');
    }
  });
});

test('a splice that would change other data than was asked for is refused', () => {
  const wrong = [{ at: 0, removed: '', inserted: 'b = 1\n' }];
  const right = [{ at: 0, removed: '', inserted: 'c = 1\n' }];
  const operation: EditOperation = { kind: 'set', path: ['c'], value: 1 };
  expect(editText('a = 1\n', [operation], () => [wrong])).toEqual({
    kind: 'refused',
    reason: 'c: cannot be edited safely where it stands',
  });
  expect(editText('a = 1\n', [operation], () => [wrong, right]).kind).toBe('edited');
});

test('a file of one megabyte is edited', () => {
  const server = (index: number): string =>
    `[mcp_servers.s${index}]\ncommand = "node" # ${index}\nargs = ["a", "b"]\n\n`;
  const text = Array.from({ length: 18_000 }, (_, index) => server(index)).join('');
  expect(text.length).toBeGreaterThan(1_000_000);
  const result = edited(text, [ADD_PROVIDER]);
  expect(result.text?.startsWith(text)).toBe(true);
}, 120_000);

test('thousands of nested brackets are refused', () => {
  expect(editText(`a = ${'['.repeat(200_000)}`, []).kind).toBe('refused');
});
