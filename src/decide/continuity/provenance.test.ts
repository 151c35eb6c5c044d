import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../wire/read-json.ts';
import { dropSealedState, type IsForeign, listSealedState } from './drop-sealed-state.ts';
import { sealPortable, sealState } from './envelope.ts';
import { createProvenanceTable, isForeignBlob, mayHoldForeignState, noteRefused, noteSealed } from './provenance.ts';

const reasoning = (blob: string, summary = 'why') => ({
  type: 'reasoning',
  id: `rs_${blob}`,
  summary: [{ type: 'summary_text', text: summary }],
  encrypted_content: blob,
});
const bodyOf = (...items: object[]) => Buffer.from(JSON.stringify({ model: 'm', input: items, store: false }));

function cleaned(body: Buffer, isForeign: IsForeign): JsonObject | undefined {
  const result = dropSealedState(body, isForeign);
  return result.kind === 'cleaned' ? JSON.parse(result.body.toString()) : undefined;
}

describe('provenance', () => {
  test('a session that has met one domain stays untouched there and nowhere else', () => {
    const table = createProvenanceTable();
    expect(mayHoldForeignState(table, 's', 'a')).toBe(false);
    noteSealed(table, 's', 'blob-1', 'a');
    expect(mayHoldForeignState(table, 's', 'a')).toBe(false);
    expect(mayHoldForeignState(table, 's', 'b')).toBe(true);
    noteSealed(table, 's', 'blob-2', 'b');
    expect(mayHoldForeignState(table, 's', 'a')).toBe(true);
    expect(isForeignBlob(table, 's', 'blob-1', 'a')).toBe(false);
    expect(isForeignBlob(table, 's', 'blob-2', 'a')).toBe(true);
    expect(isForeignBlob(table, 's', 'blob-3', 'a')).toBe(false);
  });

  test('what a target refused is not sent to it again, and its own stays', () => {
    const table = createProvenanceTable();
    noteSealed(table, 's', 'own', 'b');
    noteRefused(table, 's', ['unseen'], 'b');
    expect(mayHoldForeignState(table, 's', 'b')).toBe(true);
    expect(isForeignBlob(table, 's', 'unseen', 'b')).toBe(true);
    expect(isForeignBlob(table, 's', 'own', 'b')).toBe(false);
  });

  test('a portable summary belongs to no domain: even its maker needs it opened', () => {
    const table = createProvenanceTable();
    noteSealed(table, 's', sealPortable({ summary: 'So far.' }), 'a');
    expect(mayHoldForeignState(table, 's', 'a')).toBe(true);
  });

  test('memory is bounded', () => {
    const table = createProvenanceTable(10);
    for (let session = 0; session < 100; session++)
      for (let blob = 0; blob < 50; blob++) noteSealed(table, `s${session}`, `blob-${blob}`, 'a');
    for (let blob = 0; blob < 5000; blob++) noteSealed(table, 's99', `more-${blob}`, 'a');
    expect(table.sessions.size).toBe(10);
    expect(table.sessions.get('s99')?.sealedBy.size).toBeLessThanOrEqual(2000);
    noteSealed(table, 'x'.repeat(1000), 'blob', 'a');
    expect(table.sessions.size).toBe(10);
  });

  test('foreign reasoning goes, its readable summary and everything else stays', () => {
    const call = { type: 'function_call', name: 'f', arguments: '{}', call_id: 'c' };
    const compaction = { type: 'compaction', encrypted_content: 'own' };
    const body = bodyOf(reasoning('foreign'), call, reasoning('own'), compaction);
    expect(cleaned(body, (blob) => blob === 'foreign')).toEqual({
      model: 'm',
      store: false,
      input: [
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'why' }] },
        call,
        reasoning('own'),
        compaction,
      ],
    });
    expect(listSealedState(body)).toEqual(['foreign', 'own']);
  });

  test('what was thought aloud is told as text to who refuses it, and nothing of it is remembered', () => {
    const content = [{ type: 'reasoning_text', text: 'a secret thought' }];
    const aloud = { type: 'reasoning', id: 'rs_1', summary: [], content };
    const body = bodyOf(aloud);
    const [named = '', ...others] = listSealedState(body);
    expect(others).toEqual([]);
    expect(named).not.toContain('thought');
    expect(dropSealedState(body, () => false)).toEqual({ kind: 'unchanged' });
    expect(cleaned(body, (blob) => blob === named)?.['input']).toEqual([
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a secret thought' }] },
    ]);
  });

  test('ids that a target refused are left out, and a call and its output keep one id', () => {
    const long = 'c'.repeat(65);
    const call = { type: 'function_call', id: 'item_1', call_id: long, name: 'f', arguments: '{}' };
    const output = { type: 'function_call_output', id: 'fco_1', call_id: long, output: 'x' };
    const said = { type: 'message', id: 'msg_1', role: 'user', content: 'x' };
    const body = bodyOf(said, call, output);
    const [odd] = listSealedState(body);
    expect(dropSealedState(body, () => false)).toEqual({ kind: 'unchanged' });
    const call_id = expect.stringMatching(/^call_\w{9}$/);
    const { id: _item, ...unnamed } = call;
    const input = cleaned(body, (blob) => blob === odd)?.['input'] as readonly (typeof call)[];
    expect(input).toEqual([said, { ...unnamed, call_id }, { ...output, call_id }] as never);
    expect(input[1]?.call_id).toBe(String(input[2]?.call_id));
    expect(listSealedState(bodyOf(said, { ...output, call_id: 'c' }))).toEqual([]);
  });

  test('a summary of our own is told as text, and what we keep for others goes to nobody', () => {
    const owner = { domain: 'd', model: 'm', wire: 'chat' };
    const body = bodyOf(
      { type: 'compaction', encrypted_content: sealPortable({ summary: 'So far.' }) },
      reasoning(sealState(owner, {})),
    );
    expect(cleaned(body, () => false)?.['input']).toEqual([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'So far.' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'why' }] },
    ]);
  });

  test.each([
    ["another provider's", 'foreign'],
    ['a broken one of ours', 'hf1_metadata_portable.broken'],
  ])('%s compaction makes the request unreadable, rather than lose the history', (_name, blob) => {
    const body = bodyOf({ type: 'compaction', encrypted_content: blob });
    expect(dropSealedState(body, () => true)).toEqual({ kind: 'unreadable' });
  });

  test.each(['not json', '[]', '{"input":"text"}', '{"input":[null,1,"x"]}'])('%s: nothing to drop', (text) => {
    expect(dropSealedState(Buffer.from(text), () => true)).toEqual({ kind: 'unchanged' });
    expect(listSealedState(Buffer.from(text))).toEqual([]);
  });
});
