import { describe, expect, test } from 'bun:test';
import { callLane, LANE_CALLS } from '../__fixtures__/lane-calls.ts';

const LANES = LANE_CALLS.filter(({ wire }) => ['gemini', 'vertex', 'converse'].includes(wire));

describe.each(LANES.map((call) => [call.wire, call] as const))('a model name over %s', (_, call) => {
  const problemOf = (model: string): string | undefined => {
    const encoded = callLane({ ...call, model }, { model, input: 'hi' });
    return encoded.ok ? undefined : encoded.problem.param;
  };

  test.each([
    'gemini-3-pro',
    'models/gemini-3.1-flash',
    'eu.anthropic.claude-opus-4-8-v1:0',
    'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x',
    'claude-opus-5@20260101',
    '...',
  ])('%s stands in the address', (model) => expect(problemOf(model)).toBeUndefined());

  test.each([
    '../../files',
    'a/../b',
    '..',
    '.',
    'a/./b',
    '/a',
    'a//b',
    'a/',
    'a?b',
    'a#b',
    'a%2e',
    'a b',
    'a\r\nb',
    'ü',
    '',
  ])('%j could lead elsewhere, and is refused', (model) => expect(problemOf(model)).toBe('model'));
});
