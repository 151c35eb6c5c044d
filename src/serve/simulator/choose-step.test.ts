import { describe, expect, test } from 'bun:test';
import { chooseStep } from './choose-step.ts';
import type { Action, Scenario } from './scenario.ts';

const think: Action = { kind: 'think', summary: 'hm' };
const say = (text: string): Action => ({ kind: 'say', text });
const run = (command: string): Action => ({ kind: 'shell', command });

const SCENARIO: Scenario = {
  name: 'test',
  summary: '',
  turns: [
    [
      [think, say('first'), run('a'), say('between'), run('b')],
      [think, run('c')],
      [think, say('end')],
    ],
    [[say('second turn')]],
  ],
};

function play(turn: number, callsAnswered: number, trailingMessages: number): string {
  const { step, actions } = chooseStep(SCENARIO, { turn, callsAnswered, trailingMessages });
  const names = actions.map((action) =>
    action.kind === 'say' ? action.text : action.kind === 'shell' ? action.command : action.kind,
  );
  return `${step}: ${names.join(' ')}`;
}

describe('a conversation that another provider began', () => {
  test.each([
    ['nothing was said yet', 0, 0, 0, '1: think first a between b'],
    ['a message was said, then the stream died', 0, 0, 1, '1: a between b'],
    ['two messages were said, but the call between them got lost', 0, 0, 2, '1: b'],
    ['one of two calls was made', 0, 1, 0, '1: between b'],
    ['one of two calls and the message after it', 0, 1, 1, '1: b'],
    ['the whole first step is done', 0, 2, 0, '2: think c'],
    ['all calls are done', 0, 3, 0, '3: think end'],
    ['the answer was given, only the end of the response got lost', 0, 3, 1, '3: end'],
    ['more calls were made than the scenario has', 0, 9, 0, '3: think end'],
    ['the second prompt', 1, 0, 0, '1: second turn'],
    ['a prompt after the last one plays the last turn', 7, 0, 0, '1: second turn'],
  ] as const)('%s', (_, turn, calls, messages, played) => {
    expect(play(turn, calls, messages)).toBe(played);
  });
});

test('a scenario without turns still answers something', () => {
  const { actions } = chooseStep({ ...SCENARIO, turns: [] }, { turn: 0, callsAnswered: 0, trailingMessages: 0 });
  expect(actions).toEqual([{ kind: 'say', text: 'Done.', phase: 'final_answer' }]);
});
