import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { CHAT_TOOLS } from '../__fixtures__/chat-client.ts';
import { MESSAGES_TOOLS } from '../__fixtures__/messages-client.ts';
import type { JsonObject } from '../json.ts';
import type { Scenario } from '../scenario.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import type { WireName } from '../wire.ts';
import { createFault, FAULTS } from './fault-table.ts';

const SCENARIO: Scenario = {
  name: 'everything',
  summary: '',
  turns: [
    [
      [
        { kind: 'think', summary: 'Both at once.' },
        { kind: 'say', text: 'I run both.' },
        { kind: 'shell', command: 'echo one' },
        { kind: 'shell', command: 'echo two' },
      ],
      [{ kind: 'say', text: 'Done.' }],
    ],
  ],
};

interface WireUnderTest {
  readonly wire: WireName;
  readonly dialect: string;
  readonly path: string;
  readonly body: JsonObject;
  /** Cannot happen there. */
  readonly without: readonly string[];
}

const messages = [{ role: 'user', content: 'go' }];
const stream = true;
const WIRES: readonly WireUnderTest[] = [
  {
    wire: 'chat',
    dialect: 'vllm',
    path: '/chat/completions',
    body: { model: 'm', messages, stream, stream_options: { include_usage: true }, tools: CHAT_TOOLS },
    without: [],
  },
  {
    wire: 'messages',
    dialect: 'anthropic',
    path: '/messages',
    body: {
      model: 'm',
      messages,
      stream,
      max_tokens: 4096,
      tools: MESSAGES_TOOLS,
      thinking: { type: 'adaptive', display: 'summarized' },
    },
    without: ['calls-without-index', 'repeated-call-names'],
  },
];

/** Its calls have no ids, come whole, and its end is its finish reason. */
const GEMINI: WireUnderTest = {
  wire: 'gemini',
  dialect: 'google',
  path: '/models/gemini-3-pro:streamGenerateContent?alt=sse',
  body: {
    contents: [{ role: 'user', parts: [{ text: 'go' }] }],
    generationConfig: { thinkingConfig: { includeThoughts: true } },
  },
  without: [
    'no-end-marker',
    'long-call-ids',
    'repeated-call-ids',
    'calls-without-id',
    'calls-without-index',
    'repeated-call-names',
    'interleaved-calls',
    'arguments-no-json',
  ],
};

/** Its calls have an index for what in Chat Completions is a piece of a call, and an id always. */
const CONVERSE: WireUnderTest = {
  wire: 'converse',
  dialect: 'bedrock',
  path: '/model/anthropic.claude-opus-5/converse-stream',
  body: {
    messages: [{ role: 'user', content: [{ text: 'go' }] }],
    additionalModelRequestFields: { thinking: { type: 'adaptive', display: 'summarized' } },
  },
  without: ['long-call-ids', 'calls-without-id', 'calls-without-index', 'repeated-call-names'],
};

interface Rig {
  /** The answer's text as far as it came. */
  readonly ask: (fault: string, argument?: string | number) => Promise<string>;
  /** Faults that struck the last request. */
  readonly struck: () => readonly string[] | undefined;
}

function rigFor({ wire, dialect, path, body }: WireUnderTest): Rig {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ wire, dialect, scenario: SCENARIO });
  });
  afterAll(() => simulator.stop());
  return {
    ask: async (fault, argument) => {
      simulator.setFaults(fault === '' ? [] : [createFault(fault, argument)]);
      const call = new AbortController();
      const watching = abortWhenSlow(call, simulator);
      const response = await fetch(`${simulator.url}${path}`, {
        method: 'POST',
        headers: { 'anthropic-version': '2023-06-01' },
        body: JSON.stringify(body),
        signal: call.signal,
        redirect: 'manual',
      }).catch((error: unknown) => {
        watching.stop();
        throw error;
      });
      const parts: string[] = [];
      try {
        for await (const part of response.body ?? []) parts.push(Buffer.from(part).toString('latin1'));
      } catch {} // that is what some are for
      watching.stop();
      return `${response.status} ${parts.join('')}`;
    },
    struck: () => simulator.requests.at(-1)?.faults,
  };
}

/** Turns of the event loop, of 5 ms and more each, in which a simulator that wants to end its answer has done so. */
const TURNS = 40;

/** Aborts a call whose answer the simulator, which has read it, does not end. */
function abortWhenSlow(call: AbortController, simulator: Simulator): { readonly stop: () => void } {
  const before = simulator.requests.at(-1);
  let turns = 0;
  const timer = setInterval(() => {
    const request = simulator.requests.at(-1);
    if (request !== before && request?.isFinished === false) turns += 1;
    if (turns > TURNS) call.abort();
  }, 5);
  return { stop: () => clearInterval(timer) };
}

describe.each([...WIRES, GEMINI, CONVERSE])('on the wire $wire', (upstream) => {
  const { without } = upstream;
  const { ask, struck } = rigFor(upstream);

  test('every fault in the table that can happen there does something', async () => {
    for (const [name, { argument }] of Object.entries(FAULTS)) {
      if (without.includes(name) || name.includes('connect')) continue;
      const isTime = argument?.meaning === 'ms';
      await ask(name, isTime ? 3 : name === 'huge-event' ? 1000 : undefined).catch(() => '');
      // What strikes by the clock may come too late for a short answer.
      if (!name.endsWith('-after-ms')) expect([name, struck()]).toEqual([name, [name]]);
    }
  }, 120_000);

  test('what cannot happen there changes nothing, and says so', async () => {
    const usual = await ask('');
    for (const name of without) {
      expect((await ask(name)).length).toBe(usual.length);
      expect(struck()).toEqual([]);
    }
  });
});

describe.each(WIRES)('on the wire $wire', (upstream) => {
  const { wire } = upstream;
  const { ask } = rigFor(upstream);
  const isOver = wire === 'chat' ? '[DONE]' : 'message_stop';
  const finish = wire === 'chat' ? '"finish_reason":"' : '"stop_reason":"';

  test('a fault that names a Responses event strikes where this wire says the same', async () => {
    const start = await ask('eof-after-event', 'response.created');
    expect(start).toContain(wire === 'chat' ? '"role":"assistant"' : 'message_start');
    expect(start).not.toContain('Both');
    const done = await ask('eof-after-event', 'response.output_item.done');
    expect(done).toContain(wire === 'chat' ? finish : 'content_block_stop');
    expect(done).not.toContain(isOver);
    expect(await ask('missing-events')).not.toContain(wire === 'chat' ? finish : 'content_block_stop');
  });

  test.each([
    ['no-finish', false, false],
    ['end-without-finish', true, false],
    ['no-end-marker', false, true],
    ['unknown-finish-reason', true, true],
  ])('%s', async (name, hasEnd, hasFinish) => {
    const text = await ask(name);
    expect([text.includes(isOver), text.includes(finish)]).toEqual([hasEnd, hasFinish]);
  });

  test('calls with one id, without id, and in turns', async () => {
    const idsIn = (text: string): readonly string[] => text.match(/"id":"(chatcmpl-tool-|toolu_)[^"]+"/g) ?? [];
    const usual = idsIn(await ask(''));
    expect(new Set(usual).size).toBe(2);
    expect(new Set(idsIn(await ask('repeated-call-ids'))).size).toBe(1);
    expect(idsIn(await ask('calls-without-id'))).toEqual([]);
    const piece = wire === 'chat' ? /"tool_calls":\[\{"index":(\d)/g : /"index":(\d),"(?:delta|content_block)"/g;
    const order = (text: string): string => [...text.matchAll(piece)].map((match) => match[1]).join('');
    const [first = '', second = ''] = wire === 'chat' ? ['0', '1'] : ['2', '3'];
    expect(order(await ask(''))).toMatch(new RegExp(`${first}+${second}+$`));
    expect(order(await ask('interleaved-calls'))).toContain(`${first}${second}${first}${second}`);
  });

  test('no token counts, and arguments that break off', async () => {
    expect(await ask('')).toContain('"output_tokens"'.replace('output', wire === 'chat' ? 'completion' : 'output'));
    expect(await ask('no-usage')).not.toMatch(/"(completion|output)_tokens"/);
    const pieces = [...(await ask('arguments-no-json')).matchAll(/"(?:arguments|partial_json)":"((?:[^"\\]|\\.)*)"/g)];
    const text = pieces.map((piece) => JSON.parse(`"${piece[1]}"`)).join('');
    expect(text).toBe('{"cmd":"echo one{"cmd":"echo two');
  });

  test('an overload is told in the middle as the vendor tells it', async () => {
    const text = await ask('overloaded-in-stream');
    expect(text).toContain(wire === 'chat' ? '{"error":{"message":"Overloaded"' : '"type":"overloaded_error"');
    expect(text).not.toContain(isOver);
    expect(await ask('overloaded-529')).toStartWith('529 ');
  });
});
