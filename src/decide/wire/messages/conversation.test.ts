import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { asObject, asObjects, type JsonObject } from '../read-json.ts';
import { readRequest } from '../responses/request.ts';
import { runAll } from '../transducer.ts';
import { messagesOf, targetFor, withoutMarks } from './__fixtures__/encode-setup.ts';
import { findRejections, SERVER_MODELS, signThinking } from './__fixtures__/strict-messages-server.ts';
import { messagesLane } from './messages-lane.ts';

/** What the server says in one answer; `text` alone may be cut at the limit, so that the client has to go on. */
interface Step {
  readonly thinks: boolean;
  readonly text: string;
  readonly calls: readonly string[];
  readonly isCut: boolean;
  /** What the client adds before it asks again, beside the outputs. */
  readonly adds: readonly ('user' | 'developer' | 'between')[];
}

const TOOLS = [
  { type: 'function', name: 'shell', parameters: { type: 'object', properties: {} } },
  { type: 'custom', name: 'apply_patch' },
];

function eventsOf(step: Step, body: JsonObject, at: number): readonly string[] {
  const blocks: JsonObject[] = [];
  const thinking = `thought ${at}`;
  if (step.thinks) blocks.push({ type: 'thinking', thinking, signature: signThinking(body, thinking) });
  if (step.text !== '') blocks.push({ type: 'text', text: step.text });
  if (!step.isCut) {
    for (const [index, name] of step.calls.entries()) {
      blocks.push({ type: 'tool_use', id: `toolu_${at}_${index}`, name, input: { input: 'x' } });
    }
  }
  const stop_reason = step.isCut ? 'max_tokens' : step.calls.length > 0 ? 'tool_use' : 'end_turn';
  const events = [
    { type: 'message_start', message: { usage: { input_tokens: 1, output_tokens: 1 } } },
    ...blocks.flatMap((content_block, index) => [
      { type: 'content_block_start', index, content_block },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason } },
    { type: 'message_stop' },
  ];
  return events.map((event) => JSON.stringify(event));
}

/** The next `input`, as Codex builds it: what was done, in that order, then the outputs. */
function continueInput(
  input: readonly JsonObject[],
  done: readonly JsonObject[],
  step: Step,
  at: number,
): JsonObject[] {
  const outputs = done
    .filter((item) => typeof item['call_id'] === 'string')
    .map((item) => ({ type: `${String(item['type'])}_output`, call_id: item['call_id'], output: `out ${at}` }));
  const message = (role: string): JsonObject => ({ type: 'message', role, content: `${role} ${at}` });
  const between = step.adds.includes('between') ? [message('developer')] : [];
  const after = step.adds.filter((add) => add !== 'between').map(message);
  // After its own words are cut Codex asks again at once.
  return [...input, ...done, ...between, ...outputs, ...(step.isCut ? [] : after)];
}

const step: fc.Arbitrary<Step> = fc.record({
  thinks: fc.boolean(),
  text: fc.constantFrom('', 'I look.', '\n\nDone.'),
  calls: fc.array(fc.constantFrom('shell', 'apply_patch'), { maxLength: 2 }),
  isCut: fc.boolean(),
  adds: fc.uniqueArray(fc.constantFrom('user', 'developer', 'between'), { maxLength: 2 }),
});

test.each(SERVER_MODELS.filter((model) => model.startsWith('claude')))(
  'a whole task with %s: every request is accepted, and begins with the one before it',
  (model) => {
    const target = targetFor(model);
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        let input: JsonObject[] = [
          { type: 'message', role: 'developer', content: 'Base prompt.' },
          { type: 'message', role: 'user', content: 'Do it.' },
        ];
        let before: readonly JsonObject[] = [];
        for (const [at, next] of steps.entries()) {
          const request = readRequest({ model: 'gpt', input, tools: TOOLS, reasoning: { effort: 'high' } });
          if (!request.ok) throw new Error(request.problem.message);
          const lane = messagesLane(request.value, {
            model,
            stateDomain: target.owner.domain,
            dialect: target.dialect.id,
            stream: true,
            onLength: 'continue',
            echo: 'lean',
            pseudonym: (name: string) => name,
            seed: `s${at}`,
            nowSeconds: () => 1,
          });
          if (!lane.ok) throw new Error(lane.problem.message);
          const { body, headers, createStreamDecoder } = lane.value;
          expect(findRejections(body, headers)).toEqual([]);
          const messages = withoutMarks(messagesOf(body));
          expect(messages.slice(0, before.length)).toEqual([...before] as never);
          const outs = runAll(createStreamDecoder, eventsOf(next, body, at));
          const last: JsonObject = { ...outs.at(-1) };
          const response = asObject(last['response']);
          const done = asObjects(response?.['output']);
          const goesOn = response?.['end_turn'] === false;
          input = continueInput(input, done, { ...next, isCut: goesOn }, at);
          // Only thinking remembers that we had to say "go on"; without it those words are gone again.
          const isForgotten = messages.at(-2)?.role === 'assistant' && isGoOn(messages.at(-1)) && !next.thinks;
          before = done.length > 0 && !isForgotten ? messages : [];
        }
      }),
      { numRuns: 60 },
    );
  },
);

function isGoOn(message: JsonObject | undefined): boolean {
  return JSON.stringify(message?.['content']) === '[{"type":"text","text":"Continue."}]';
}
