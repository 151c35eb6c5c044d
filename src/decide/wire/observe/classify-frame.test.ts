import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { classifyFrame, createFrameView, parseFrame } from './classify-frame.ts';

function kindOf(text: string): string {
  const view = createFrameView();
  const bytes = Buffer.from(text);
  classifyFrame(bytes, 0, bytes.length, view);
  return view.kind;
}

describe('classifyFrame', () => {
  test.each([
    [
      'a text delta',
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"x"}\n\n',
      'delta',
    ],
    ['a delta without an event line', 'data: {"type":"response.function_call_arguments.delta"}\n\n', 'delta'],
    [
      'a delta whose type is the last field',
      'event: response.output_text.delta\ndata: {"delta":"x","type":"response.output_text.delta"}\n\n',
      'delta',
    ],
    ['a delta with spaces in its JSON', 'data: { "type" : "response.output_text.delta" }\n\n', 'delta'],
    ['created', 'data: {"type":"response.created","response":{}}\n\n', 'lifecycle'],
    [
      'the JSON type wins over the event line',
      'event: response.created\ndata: {"type":"response.failed"}\n\n',
      'failed',
    ],
    ['completed with CRLF', 'event: response.completed\r\ndata: {"type":"response.completed"}\r\n\r\n', 'completed'],
    ['data over two lines', 'data: {"type":\ndata: "response.completed"}\n\n', 'completed'],
    ['an item', 'data: {"type":"response.output_item.done","item":{}}\n\n', 'item-done'],
    ['a part', 'data: {"type":"response.content_part.added"}\n\n', 'progress'],
    ['an error event', 'event: error\ndata: {"type":"error","message":"x"}\n\n', 'error'],
    ['an error object without a type', 'data: {"error":{"message":"x"}}\n\n', 'error'],
    ['a comment', ': OPENROUTER PROCESSING\n\n', 'comment'],
    ['empty data', 'data:\n\n', 'comment'],
    ['the sentinel', 'data: [DONE]\n\n', 'sentinel'],
    ['a foreign event', 'data: {"type":"ping"}\n\n', 'unknown'],
    ['half a JSON', 'data: {"type":"response.completed","respo\n\n', 'garbage'],
    ['HTML', 'data: <html>\n\n', 'garbage'],
    ['a JSON array', 'data: ["x"]\n\n', 'garbage'],
  ])('%s', (_name, text, kind) => expect(kindOf(text)).toBe(kind));

  test('what came before changes nothing', () => {
    const type = fc.constantFrom('response.a.delta', 'response.a.delta2', 'response.b.delta', 'error');
    const rest = fc.constantFrom('}', ',"delta":"x"}', '', ',"a"', '\ndata: }');
    const frame = fc
      .tuple(fc.boolean(), type, rest)
      .map(([isNamed, name, end]) => `${isNamed ? `event: ${name}\n` : ''}data: {"type":"${name}"${end}\n\n`);
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const view = createFrameView();
        const bytes = Buffer.from(frames.join(''));
        let start = 0;
        for (const text of frames) {
          const alone = createFrameView();
          classifyFrame(bytes, start, start + text.length, view);
          classifyFrame(bytes, start, start + text.length, alone);
          expect([view.kind, view.dataStart, view.dataEnd]).toEqual([alone.kind, alone.dataStart, alone.dataEnd]);
          start += text.length;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('never throws, and never reads beyond its range', () => {
    const view = createFrameView();
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (frame, after) => {
        const bytes = Buffer.concat([Buffer.from('data: '), frame, Buffer.from('\n\n'), after]);
        const end = 6 + frame.length + 2;
        classifyFrame(bytes, 0, end, view);
        const kind = view.kind;
        classifyFrame(Buffer.from(bytes.subarray(0, end)), 0, end, view);
        expect(view.kind).toBe(kind);
      }),
    );
  });

  test('parses the data of one and of several lines', () => {
    const view = createFrameView();
    for (const text of ['data: {"a":1}\n\n', 'data: {"a":\r\ndata: 1}\r\n\r\n']) {
      const bytes = Buffer.from(text);
      classifyFrame(bytes, 0, bytes.length, view);
      expect(parseFrame(bytes, 0, bytes.length, view)).toEqual({ a: 1 });
    }
  });
});
