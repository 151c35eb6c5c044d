import { expect, test } from 'bun:test';
import { PassingDeltas } from '../decide/continuity/passing-deltas.ts';
import { type StreamParts, StreamReading } from './stream-reading.ts';

test.each([
  ['events that go on as they are may take the short way', undefined, true],
  ['events that must be translated may not, however they look', {} as StreamParts['decoder'], false],
])('%s', (_name, decoder, hasShortcut) => {
  const parts = {
    decoder,
    writer: {},
    watch: { listen: () => {} },
    splicer: { passing: new PassingDeltas() },
    deps: { settings: { server: { maxEventBytes: 1 } } },
  } as unknown as StreamParts;
  expect(new StreamReading(parts).shortcut !== undefined).toBe(hasShortcut);
});
