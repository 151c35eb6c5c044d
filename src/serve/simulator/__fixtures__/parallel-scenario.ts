import type { Scenario } from '../scenario.ts';

/** A thought, words, and two calls at once; then it is done. */
export const PARALLEL: Scenario = {
  name: 'parallel',
  summary: '',
  turns: [
    [
      [
        { kind: 'think', summary: 'Both at once.' },
        { kind: 'say', text: 'I run both.' },
        { kind: 'shell', command: 'echo one' },
        { kind: 'mcp', server: 'demo', tool: 'lookup', arguments: { query: 'x' } },
      ],
      [{ kind: 'say', text: 'Done with both.' }],
    ],
  ],
};
