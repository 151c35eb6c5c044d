/** Every fixture × set, add a provider, connect, disconnect, undo. */
import { afterAll, describe, expect, test } from 'bun:test';
import type { FileReceipt } from '../../core/edit-receipt.ts';
import { connectOperations, disconnectOperations, type GatewayAccess } from './gateway-profile.ts';
import { hashText, undoExactly } from './receipt.ts';
import { CONFIG_TEXTS } from './toml/__fixtures__/config-texts.ts';
import { pruneTables } from './toml/__fixtures__/prune-tables.ts';
import { applyToData, type EditOperation } from './toml/edit-operation.ts';
import { editText } from './toml/edit-text.ts';
import { parseDocument, type TomlDocument } from './toml/parse-document.ts';
import { isTable, sameData, type TomlTable, type TomlValue } from './toml/toml-data.ts';

const GATEWAY: GatewayAccess = {
  baseUrl: 'http://127.0.0.1:4141/v1',
  command: '/opt/hold fast/bin',
  args: ['token'],
  longestSilenceMs: 90_000,
};
const SET: readonly EditOperation[] = [
  { kind: 'set', path: ['model'], value: 'a "new" model' },
  { kind: 'set', path: ['tui', 'theme'], value: 'dark' },
];
const ADD: readonly EditOperation[] = [
  {
    kind: 'add-table',
    path: ['model_providers', 'added'],
    lines: [
      { key: 'name', value: 'Added' },
      { comment: 'theirs', key: 'http_headers', value: { 'X-Team': 'blue' } },
    ],
  },
];
type Steps = (data: TomlTable) => readonly EditOperation[];
const ACTIONS: ReadonlyArray<readonly [name: string, steps: Steps]> = [
  ['set', () => SET],
  ['add a provider', () => ADD],
  ['connect', (data) => connectOperations(data, GATEWAY)],
];
let checked = 0;

describe.each(ACTIONS)('%s, and undo', (_, steps) => {
  test.each(CONFIG_TEXTS)('in %s', (_name, text) => {
    const operations = steps(dataOf(text));
    const { after, receipt, intended } = edit(text, operations);
    expect(sameData(dataOf(after), intended)).toBe(true);
    // Outside of what was written every byte is what it was, in the same order.
    expect(withoutInserted(after, receipt)).toBe(withoutRemoved(text, receipt));
    for (const { removed } of receipt.splices) expect(removed).not.toMatch(/[\n#]/);
    expect(undoExactly(after, receipt)).toEqual(after === text ? { kind: 'nothing-to-do' } : { kind: 'exact', text });
    checked += 2;
  });
});

describe('disconnect after connect, without the receipt, and undo of that', () => {
  test.each(CONFIG_TEXTS)('in %s', (_name, text) => {
    const { after } = edit(text, connectOperations(dataOf(text), GATEWAY));
    const gone = edit(after, disconnectOperations(documentOf(after)));
    const left = dataOf(gone.after);
    expect(left.get('model_provider')).toBeUndefined();
    expect(JSON.stringify([...comments(gone.after)])).toBe(JSON.stringify([...comments(withoutOurs(text))]));
    expect(sameData(pruneTables(left), pruneTables(withoutGateway(dataOf(text))))).toBe(true);
    expect(undoExactly(gone.after, gone.receipt)).toEqual({ kind: 'exact', text: after });
    checked += 2;
  });
});

afterAll(() => {
  // Set, add, connect and disconnect, each with its undo, in each of at least 60 files.
  if (checked > 0) expect(checked).toBe(CONFIG_TEXTS.length * 8);
  expect(CONFIG_TEXTS.length).toBeGreaterThanOrEqual(60);
});

function documentOf(text: string): TomlDocument {
  const parsed = parseDocument(text);
  if (parsed.kind === 'broken') throw new Error(parsed.problem.message);
  return parsed.document;
}

const dataOf = (text: string): TomlTable => documentOf(text).data;

interface Made {
  readonly after: string;
  readonly receipt: FileReceipt;
  readonly intended: TomlTable;
}

function edit(text: string, operations: readonly EditOperation[]): Made {
  const result = editText(text, operations);
  if (result.kind === 'refused') throw new Error(result.reason);
  const after = result.text ?? '';
  const { splices, keys } = result;
  const hashes = { beforeHash: hashText(text), afterHash: hashText(after) };
  const intended = operations.reduce<TomlTable>((data, operation) => {
    const next = applyToData(data, operation);
    if (typeof next === 'string') throw new Error(next);
    return next;
  }, dataOf(text));
  return { after, receipt: { path: 'f', realPath: 'f', ...hashes, splices, keys }, intended };
}

/** A text of which each character knows whether it was written by the edit. */
function withoutInserted(after: string, { splices }: FileReceipt): string {
  let marks = [...new Array<boolean>(originalLength(after, splices))].map(() => false);
  for (const { at, removed, inserted } of splices) {
    const fresh = new Array<boolean>(inserted.length).fill(true);
    marks = [...marks.slice(0, at), ...fresh, ...marks.slice(at + removed.length)];
  }
  return [...marks.keys()].map((index) => (marks[index] === true ? '' : after[index])).join('');
}

const originalLength = (after: string, splices: FileReceipt['splices']): number =>
  splices.reduce((length, { removed, inserted }) => length + removed.length - inserted.length, after.length);

/** What of the original survives: each splice takes away original characters, unless it takes those of an earlier one. */
function withoutRemoved(text: string, { splices }: FileReceipt): string {
  let cells = text.split('').map((character): string | undefined => character);
  for (const { at, removed, inserted } of splices) {
    const fresh = inserted.split('').map((): undefined => undefined);
    cells = [...cells.slice(0, at), ...fresh, ...cells.slice(at + removed.length)];
  }
  return cells.map((cell) => cell ?? '').join('');
}

const comments = (text: string): readonly string[] => text.match(/#[^"'\n\r]*$/gm) ?? [];

/** A gateway that was configured by hand goes as well, with the comments inside. */
const withoutOurs = (text: string): string => text.replace(/^model_provider\b.*$/gm, '');

function withoutGateway(data: TomlTable): TomlTable {
  const kept = new Map<string, TomlValue>(data);
  kept.delete('model_provider');
  const providers = data.get('model_providers');
  if (isTable(providers)) kept.set('model_providers', new Map([...providers].filter(([id]) => id !== 'holdfast')));
  return kept;
}
