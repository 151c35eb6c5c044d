import { expect, test } from 'bun:test';
import { FrameDataReader } from './read-frame-data.ts';

test.each([
  ['the usual form', 'data: {"a":1}\n\n', '{"a":1}'],
  ['no space', 'data:{"a":1}\n\n', '{"a":1}'],
  ['CRLF', 'data: {"a":1}\r\n\r\n', '{"a":1}'],
  ['an event line before it', 'event: message\ndata: x\n\n', 'x'],
  ['an id line after it', 'data: x\nid: 7\n\n', 'x'],
  ['several data lines', 'data: {"a":\ndata: 1}\n\n', '{"a":\n1}'],
  ['an empty one', 'data:\n\n', ''],
  ['characters of several bytes', 'data: ü€😀\n\n', 'ü€😀'],
  ['a comment', ': OPENROUTER PROCESSING\n\n', undefined],
  ['an event without data', 'event: ping\n\n', undefined],
  ['nothing', '\n\n', undefined],
  ['less than a prefix', 'da', undefined],
])('%s', (_name, frame, data) => {
  const before = 'data: other\n\n';
  // Alone, among its like, and beside what takes several bytes a character.
  for (const behind of ['', 'data: next\n\n'.repeat(9), `data: ${'ü'.repeat(90)}\n\n`]) {
    const bytes = Buffer.from(`${before}${frame}${behind}`);
    const reader = new FrameDataReader();
    expect(reader.read(bytes, 0, before.length)).toBe('other');
    expect(reader.read(bytes, before.length, before.length + Buffer.byteLength(frame))).toBe(data as string);
    reader.forget();
    const again = Buffer.from(frame);
    expect(reader.read(again, 0, again.length)).toBe(data as string);
  }
});
