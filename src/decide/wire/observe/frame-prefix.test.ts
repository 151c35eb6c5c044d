import { describe, expect, test } from 'bun:test';
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { FrameScanner } from '../sse/frame-scanner.ts';
import { classifyFrame, createFrameView } from './classify-frame.ts';
import type { FramePrefix } from './frame-prefix.ts';

const delta = (text: string): string =>
  `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":${JSON.stringify(text)}}\n\n`;

function prefixAfter(text: string): FramePrefix {
  const view = createFrameView();
  const bytes = Buffer.from(text);
  classifyFrame(bytes, 0, bytes.length, view);
  if (view.prefix === undefined) throw new Error('no delta');
  return view.prefix;
}

describe('isWholeFrame', () => {
  const prefix = prefixAfter(delta('one'));

  test.each([
    ['one more delta', delta('two'), true],
    ['a delta with escapes', delta('a\n\n"b"'), true],
    ['two deltas', delta('two') + delta('three'), false],
    ['half a delta', delta('two').slice(0, -4), false],
    ['a delta and the beginning of the next', `${delta('two')}event: `, false],
    ['a delta that ends with one empty line too many', `${delta('two')}\n`, false],
    ['a delta with line ends of two bytes', delta('two').replaceAll('\n', '\r\n'), false],
    ['a delta of another kind', delta('two').replaceAll('output_text', 'reasoning_summary_text'), false],
    ['a kind whose name only begins so', delta('two').replaceAll('text.delta', 'text.delta_done'), false],
    ['text beyond ASCII', delta('größer'), true],
    ['a carriage return inside', delta('a').replace('"a"', '"a\r"'), false],
    ['a long delta', delta('x'.repeat(1000)), true],
    ['nothing', '', false],
  ])('%s', (_name, text, isWhole) => {
    const bytes = Buffer.from(text);
    expect(prefix.isWholeFrame(bytes, 0, bytes.length)).toBe(isWhole);
    const framed = Buffer.from(`a\r\n${text}\r\n`);
    expect(prefix.isWholeFrame(framed, 3, framed.length - 2)).toBe(isWhole);
  });

  test('a delta that is not valid UTF-8 is none', () => {
    const bytes = Buffer.from(delta('x~y'));
    bytes[bytes.indexOf('~')] = 0xff;
    expect(prefix.isWholeFrame(bytes, 0, bytes.length)).toBe(false);
  });

  test('what it takes for one delta is exactly one delta to everybody else', () => {
    const bytes = fc.oneof(
      fc.string({ unit: 'binary' }).map(delta),
      fc.tuple(fc.string(), fc.nat(200)).map(([text, cut]) => delta(text).slice(0, cut)),
      fc.tuple(fc.string(), fc.nat(200), fc.string({ maxLength: 3 })).map(([text, at, more]) => {
        const whole = delta(text);
        return whole.slice(0, at) + more + whole.slice(at);
      }),
    );
    let taken = 0;
    fc.assert(
      fc.property(bytes, (text) => {
        const chunk = Buffer.from(text);
        if (!prefix.isWholeFrame(chunk, 0, chunk.length)) return;
        taken++;
        const frames: string[] = [];
        const view = createFrameView();
        const scanner = new FrameScanner(1_000_000);
        scanner.push(chunk, (at, start, end) => {
          classifyFrame(at, start, end, view);
          frames.push(`${view.kind} ${start} ${end}`);
        });
        expect([frames, scanner.pendingBytes, isUtf8(chunk)]).toEqual([[`delta 0 ${chunk.length}`], 0, true]);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

describe('prefixes', () => {
  test('are shared by the streams whose deltas begin alike', () => {
    expect(prefixAfter(delta('one'))).toBe(prefixAfter(delta('two')));
    expect(prefixAfter(delta('one'))).not.toBe(prefixAfter(delta('one').replaceAll('output_text', 'reasoning_text')));
  });

  test('of more kinds than are remembered are still told apart', () => {
    const nameOf = (kind: number): string => `response.kind_${String(kind).padStart(3, '0')}.delta`;
    const frameOf = (kind: number): string =>
      `event: ${nameOf(kind)}\ndata: {"type":"${nameOf(kind)}","delta":"x"}\n\n`;
    const prefixes = Array.from({ length: 100 }, (_, kind) => prefixAfter(frameOf(kind)));
    for (const [kind, prefix] of prefixes.entries()) {
      for (const other of [kind, (kind + 1) % 100]) {
        const bytes = Buffer.from(frameOf(other));
        expect(prefix.isWholeFrame(bytes, 0, bytes.length)).toBe(other === kind);
        expect(prefix.endOfRun(bytes, 0)).toBe(other === kind ? bytes.length : 0);
      }
    }
  });
});
