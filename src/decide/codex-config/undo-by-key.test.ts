import { describe, expect, test } from 'bun:test';
import type { FileReceipt } from '../../core/edit-receipt.ts';
import { connectOperations, type GatewayAccess } from './gateway-profile.ts';
import { hashText, undoExactly } from './receipt.ts';
import { CONFIG_TEXTS } from './toml/__fixtures__/config-texts.ts';
import type { EditOperation } from './toml/edit-operation.ts';
import { editText } from './toml/edit-text.ts';
import { parseDocument } from './toml/parse-document.ts';
import { undoByKey } from './undo-by-key.ts';

const GATEWAY: GatewayAccess = {
  baseUrl: 'http://127.0.0.1:4141/v1',
  command: 'C:\\bin\\holdfast.exe',
  args: ['token'],
  longestSilenceMs: 90_000,
};
const CONNECT: readonly EditOperation[] = [
  { kind: 'set', path: ['model_provider'], value: 'gate' },
  {
    kind: 'add-table',
    path: ['model_providers', 'gate'],
    lines: [
      { key: 'name', value: 'Gate' },
      { comment: 'ours', key: 'request_max_retries', value: 1 },
    ],
  },
  { kind: 'set', path: ['features', 'unbounded_connection_retries'], value: false },
];

function editWithReceipt(
  before: string,
  operations: readonly EditOperation[],
): { after: string; receipt: FileReceipt } {
  const result = editText(before, operations);
  if (result.kind === 'refused') throw new Error(result.reason);
  const after = result.text ?? '';
  const { splices, keys } = result;
  return {
    after,
    receipt: { path: 'f', realPath: 'f', beforeHash: hashText(before), afterHash: hashText(after), splices, keys },
  };
}

function undone(text: string, receipt: FileReceipt): { text: string; kept: readonly string[] } {
  const { result, kept } = undoByKey(text, receipt);
  if (result.kind === 'refused') throw new Error(result.reason);
  return { text: result.text ?? '', kept };
}

describe('connect and disconnect', () => {
  test.each(CONFIG_TEXTS)('in %s', (_, text) => {
    const parsed = parseDocument(text);
    const data = parsed.kind === 'ok' ? parsed.document.data : new Map();
    const { after, receipt } = editWithReceipt(text, connectOperations(data, GATEWAY));
    expect(after).toContain('holdfast');
    expect(undoExactly(after, receipt)).toEqual(after === text ? { kind: 'nothing-to-do' } : { kind: 'exact', text });
    expect(undoExactly(text, receipt)).toEqual({ kind: 'nothing-to-do' });
    // Somebody added a line of theirs: the same comes back, with that line.
    const theirs = '# theirs\n[theirs]\nx = 1\n';
    const gap = after === '' || after.endsWith('\n') ? '' : '\n';
    expect(undoExactly(after + gap + theirs, receipt)).toEqual({ kind: 'changed-since' });
    const { text: back, kept } = undone(after + gap + theirs, receipt);
    expect(kept).toEqual([]);
    const strip = (value: string): string => value.replace(/\s+/g, ' ').trim();
    const wasOwn = text.includes('holdfast');
    if (!wasOwn) expect(strip(back)).toBe(strip(`${text}\n${theirs}`).replace('{ } # none', '{} # none'));
  });
});

describe('in a file that was changed since', () => {
  const before = 'model = "a"\nmodel_provider = "acme" # work\n';
  const { after, receipt } = editWithReceipt(before, CONNECT);

  test('a key that somebody changed stays theirs, and is named', () => {
    const { text, kept } = undone(after.replace('"gate" # work', '"other" # work'), receipt);
    expect(text).toBe(before.replace('"acme"', '"other"'));
    expect(kept).toEqual(['model_provider']);
  });

  test('a key that somebody took away is not an obstacle', () => {
    expect(undone(after.replace('unbounded_connection_retries = false\n', ''), receipt).kept).toEqual([]);
  });

  test('keys that somebody added to a table of ours stay with their table and comment, ours go', () => {
    const text = after.replace('[features]\n', '[features]\n# mine\ngoals = true\n');
    const result = undone(text, receipt);
    expect(result.text).toBe(`${before}\n[features]\n# mine\ngoals = true\n`);
    expect(result.kept).toEqual([]);
  });

  test('a value in a table of ours that somebody changed stays', () => {
    const set = editWithReceipt('a = 1\n', [{ kind: 'set', path: ['t'], value: { x: 1, y: 2 } }]);
    const { text, kept } = undone(set.after.replace('y = 2', 'y = 9'), set.receipt);
    expect(text).toBe('a = 1\nt = { y = 9 }\n');
    expect(kept).toEqual(['t.y']);
  });

  test('a provider of ours goes as a whole: half of one would stop every run', () => {
    const changed = after.replace('request_max_retries = 1', 'request_max_retries = 9\nquery_params = {}');
    expect(undone(changed, receipt)).toEqual({ text: before, kept: [] });
  });

  test('several changes of one table are taken back one after the other', () => {
    const start = '[p.openai]\nretries = "4"\n';
    const made = editWithReceipt(start, [
      { kind: 'rename', path: ['p', 'openai'], to: 'mine' },
      { kind: 'set', path: ['p', 'mine', 'name'], value: 'Mine' },
      { kind: 'set', path: ['p', 'mine', 'retries'], value: 4 },
    ]);
    const { text, kept } = undone(`${made.after}\n[theirs]\n`, made.receipt);
    expect(text).toContain('[p.openai]');
    expect(text).toContain('retries = "4"');
    expect(text).not.toContain('mine');
    expect(kept).toEqual([]);
  });

  test('our tables are found when somebody formatted the file', () => {
    const formatted = after.replaceAll(' = ', '=').replace('[features]', '[ features ] # f');
    expect(undone(formatted, receipt).text.replaceAll('\n', ' ').trim()).toBe('model="a" model_provider="acme" # work');
  });

  test('a removed key comes back as it was written', () => {
    const removal = editWithReceipt("a = 'x' # c\nb = 2\n", [{ kind: 'remove', path: ['a'] }]);
    expect(undone('b = 3\n', removal.receipt).text).toBe("b = 3\na = 'x'\n");
  });

  test('a removed table comes back', () => {
    const removal = editWithReceipt('[t]\na = 1\n[t.u]\nb = 2\n', [{ kind: 'remove', path: ['t'] }]);
    expect(undone('c = 3\n', removal.receipt).text).toBe('c = 3\n\n[t]\na = 1\nu = { b = 2 }\n');
  });

  test('a file that is not TOML any more is refused', () => {
    expect(undoByKey('a = ', receipt).result.kind).toBe('refused');
  });
});
