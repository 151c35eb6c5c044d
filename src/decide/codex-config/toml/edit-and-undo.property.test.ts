import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { FileReceipt } from '../../../core/edit-receipt.ts';
import { hashText, undoExactly } from '../receipt.ts';
import { undoByKey } from '../undo-by-key.ts';
import { pruneTables } from './__fixtures__/prune-tables.ts';
import type { EditOperation } from './edit-operation.ts';
import { editText } from './edit-text.ts';
import { parseDocument } from './parse-document.ts';
import { sameData, type TomlInput, type TomlTable } from './toml-data.ts';

/** Edits that were really made: what is refused does not count. */
const RUNS = 10_000;
/** Each reads the file several times. */
const TIMEOUT_MS = 240_000;

const KEYS = ['a', 'b', 'model', 'c-d', '"q k"', "'x.y'", '"é"', '7'];
const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom(
  '1',
  '-0x1F'.replace('-', ''),
  '1.5e3',
  'true',
  '"s # not a comment"',
  "'lit [x]'",
  '"""\nmulti = 1\n[no]\n"""',
  '[1, 2]',
  '[\n  "a", # in\n  "b",\n]',
  '{}',
  '{ u = 1, v.w = "x" }',
  '[{ n = 1 }, {}]',
  '1979-05-27',
);
const space = fc.constantFrom('', ' ', '  ', '\t');
const trailing = fc.constantFrom('', '', ' # why', '\t#', '   ');
const dotted = fc.array(key, { minLength: 1, maxLength: 3 }).map((keys) => keys.join('.'));

const line = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(space, dotted, space, space, value, trailing)
      .map((p) => `${p[0]}${p[1]}${p[2]}=${p[3]}${p[4]}${p[5]}`),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(space, dotted, trailing).map(([indent, path, rest]) => `${indent}[${path}]${rest}`),
  },
  { weight: 1, arbitrary: dotted.map((path) => `[[${path}]]`) },
  { weight: 1, arbitrary: fc.constantFrom('', '', '# comment', '  # [a]', '# b = 1') },
);

/** Lines are kept one by one as long as the whole is TOML, so that nearly every layout comes up. */
const tomlText = fc
  .tuple(fc.array(line, { maxLength: 14 }), fc.boolean(), fc.boolean(), fc.boolean())
  .map(([lines, isCrlf, hasMark, isOpen]) => {
    const kept: string[] = [];
    for (const candidate of lines) {
      if (parseDocument([...kept, candidate].join('\n')).kind === 'ok') kept.push(candidate);
    }
    const text = kept.map((each) => `${each}\n`).join('');
    const ended = isOpen ? text.replace(/\n$/, '') : text;
    return (hasMark ? '\uFEFF' : '') + (isCrlf ? ended.replaceAll('\n', '\r\n') : ended);
  });

const plainKey = fc.constantFrom('a', 'b', 'model', 'c-d', 'q k', 'x.y', 'é', '7', 'new', '__proto__', '', 'u');
const path = fc.array(plainKey, { minLength: 1, maxLength: 4 });
const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean());
const input: fc.Arbitrary<TomlInput> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.tuple(plainKey, scalar), { maxLength: 3 }).map((pairs) => new Map(pairs)),
);
const operation: fc.Arbitrary<EditOperation> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), path, value: input }),
  fc.record({ kind: fc.constant('remove' as const), path }),
  fc.record({ kind: fc.constant('rename' as const), path, to: plainKey }),
  fc.record({
    kind: fc.constant('add-table' as const),
    path,
    lines: fc.uniqueArray(fc.record({ key: plainKey, value: input }), { selector: (each) => each.key, maxLength: 3 }),
  }),
);
const operations = fc.array(operation, { minLength: 1, maxLength: 3 });

function receiptOf(
  before: string,
  wanted: readonly EditOperation[],
): { after: string; receipt: FileReceipt } | undefined {
  const result = editText(before, wanted);
  if (result.kind === 'refused') return undefined;
  const { splices, keys } = result;
  const after = result.text ?? '';
  const hashes = { beforeHash: hashText(before), afterHash: hashText(after) };
  return { after, receipt: { path: 'f', realPath: 'f', ...hashes, splices, keys } };
}

test(
  'an edit taken back leaves the exact bytes',
  () => {
    let edits = 0;
    fc.assert(
      fc.property(tomlText, operations, (text, wanted) => {
        const made = receiptOf(text, wanted);
        fc.pre(made !== undefined && made.after !== text);
        edits += 1;
        const outcome = undoExactly(made.after, made.receipt);
        expect(outcome).toEqual({ kind: 'exact', text });
      }),
      { numRuns: RUNS },
    );
    expect(edits).toBe(RUNS);
  },
  TIMEOUT_MS,
);

test(
  'an edit taken back by key leaves the same data, and what others added',
  () => {
    let edits = 0;
    fc.assert(
      fc.property(tomlText, operation, (text, wanted) => {
        const made = receiptOf(text, [wanted]);
        if (made === undefined || made.after === text) return;
        const theirs = `${/\n$|^\uFEFF?$/.test(made.after) ? '' : '\n'}[theirs]\nx = 1\n`;
        const { result, kept } = undoByKey(made.after + theirs, made.receipt);
        if (result.kind === 'refused') throw new Error(result.reason);
        edits += 1;
        expect(kept).toEqual([]);
        const expected = dataOf(`${text}${/\n$|^\uFEFF?$/.test(text) ? '' : '\n'}[theirs]\nx = 1\n`);
        expect(sameWithoutEmptyTables(dataOf(result.text ?? ''), expected)).toBe(true);
      }),
      { numRuns: RUNS / 2 },
    );
    expect(edits).toBeGreaterThan(RUNS / 8);
  },
  TIMEOUT_MS,
);

function dataOf(text: string): TomlTable {
  const parsed = parseDocument(text);
  if (parsed.kind === 'broken') throw new Error(parsed.problem.message);
  return parsed.document.data;
}

/** A table that existed only through its keys is not brought back empty. */
function sameWithoutEmptyTables(left: TomlTable, right: TomlTable): boolean {
  return sameData(pruneTables(left), pruneTables(right));
}
