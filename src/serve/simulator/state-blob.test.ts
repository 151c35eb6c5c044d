import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { openState, sealState } from './state-blob.ts';

const STATE = { domain: 'openai/eu', itemId: 'rs_1', callsAnswered: 2 };
const SECONDS = 1_795_000_000;

test('looks like what OpenAI issues, and grows with its padding', () => {
  expect(sealState(STATE, SECONDS, 0)).toStartWith('gAAAA');
  expect(sealState(STATE, SECONDS, 3000).length).toBeGreaterThan(4000);
});

test('comes back as it was sealed', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(2000), (domain, itemId, bytes) => {
      expect(openState(sealState({ domain, itemId }, SECONDS, bytes))).toEqual({ domain, itemId });
    }),
  );
});

test('nothing else can be opened', () => {
  const sealed = sealState(STATE, SECONDS, 100);
  fc.assert(fc.property(fc.string(), (text) => expect(openState(text)).toBeUndefined()));
  fc.assert(
    fc.property(fc.nat(sealed.length - 2), (at) => {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      expect(openState(changed)).toBeUndefined();
    }),
  );
});
