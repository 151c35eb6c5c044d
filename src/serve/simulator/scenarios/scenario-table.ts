import type { Scenario } from '../scenario.ts';
import { createLongStream } from './long-stream.ts';
import { TASK } from './task.ts';

const COUNT_LINES = 'Counting the lines of the two files before I answer.';

/** The scenarios that ship with Holdfast, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = byName([
  TASK,
  {
    name: 'text',
    summary: 'one message, no tools',
    turns: [[[{ kind: 'say', text: 'The build is green and nothing else needs to change.', phase: 'final_answer' }]]],
  },
  {
    name: 'reasoning-text',
    summary: 'reasoning, then one message',
    turns: [
      [
        [
          { kind: 'think', summary: '**Weighing the two options**\n\nThe first one keeps the interface as it is.' },
          { kind: 'say', text: 'Keep the interface and add the second method beside it.', phase: 'final_answer' },
        ],
      ],
    ],
  },
  {
    name: 'one-call',
    summary: 'one shell command, then an answer',
    turns: [
      [
        [
          { kind: 'think', summary: '**Looking around**' },
          { kind: 'shell', command: 'ls' },
        ],
        [{ kind: 'say', text: 'The folder is listed above.', phase: 'final_answer' }],
      ],
    ],
  },
  {
    name: 'parallel-calls',
    summary: 'two shell commands in one response, then an answer',
    turns: [
      [
        [
          { kind: 'think', summary: '**Looking at both places at once**' },
          { kind: 'shell', command: 'echo first >> parallel.txt' },
          { kind: 'shell', command: 'echo second >> parallel.txt' },
        ],
        [{ kind: 'say', text: 'Both commands are done.', phase: 'final_answer' }],
      ],
    ],
  },
  {
    name: 'custom-call',
    summary: 'one patch (a freeform tool), then an answer',
    turns: [
      [
        [
          { kind: 'think', summary: '**Writing the file**' },
          { kind: 'patch', patch: '*** Begin Patch\n*** Add File: custom.txt\n+added by a patch\n*** End Patch\n' },
        ],
        [{ kind: 'say', text: 'The file is added.', phase: 'final_answer' }],
      ],
    ],
  },
  {
    name: 'message-then-call',
    summary: 'a comment, a shell command, then an answer',
    turns: [
      [
        [
          { kind: 'say', text: COUNT_LINES, phase: 'commentary' },
          { kind: 'shell', command: 'wc -l ./* 2>/dev/null | tail -1' },
        ],
        [{ kind: 'say', text: 'They are counted.', phase: 'final_answer' }],
      ],
    ],
  },
  createLongStream(200),
]);

function byName(scenarios: readonly Scenario[]): Record<string, Scenario> {
  return Object.fromEntries(scenarios.map((scenario) => [scenario.name, scenario]));
}
