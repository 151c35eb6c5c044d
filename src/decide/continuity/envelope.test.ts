import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { isEnvelope, openState, sealPortable, sealState } from './envelope.ts';

const owner = { domain: 'deepseek', model: 'deepseek-v4', wire: 'chat' };

describe('the envelope', () => {
  test('opens for its owner, byte-exact', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), (payload) => {
        const opened = openState(sealState(owner, payload), owner);
        expect(opened).toEqual({ kind: 'own', payload: JSON.parse(JSON.stringify(payload)) });
      }),
    );
  });

  test.each([
    ['another domain', { ...owner, domain: 'other' }],
    ['another model', { ...owner, model: 'other' }],
    ['another wire', { ...owner, wire: 'messages' }],
  ])('is foreign to %s, and says whose it is', (_name, reader) => {
    expect(openState(sealState(owner, { text: 'secret' }), reader)).toEqual({ kind: 'foreign', owner });
  });

  test('a portable one opens for everybody', () => {
    const payload = { kind: 'compaction', summary: 's' };
    expect(openState(sealPortable(payload), owner)).toEqual({ kind: 'portable', payload });
  });

  test.each([
    ['null', null],
    ["OpenAI's own", 'gAAAAABmock'],
    ['nothing inside', 'hf1_metadata.'],
    ['not base64', 'hf1_metadata.***'],
    ['cut short', sealState(owner, { text: 'x'.repeat(50) }).slice(0, -20)],
    ['JSON of another shape', `hf1_metadata.${Buffer.from('{"d":1}').toString('base64url')}`],
    [
      'a payload that is no object',
      `hf1_metadata.${Buffer.from('{"d":"a","m":"b","w":"c","p":"x"}').toString('base64url')}`,
    ],
  ])('%s is foreign', (_name, sealed) => {
    expect(openState(sealed, owner)).toEqual({ kind: 'foreign' });
  });

  test('any text at all is handled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(openState(`hf1_metadata.${text}`, owner).kind).toBe('foreign');
      }),
    );
  });

  test('is recognised without being opened', () => {
    expect(isEnvelope(sealState(owner, {}))).toBe(true);
    expect(isEnvelope('gAAAA')).toBe(false);
  });
});
