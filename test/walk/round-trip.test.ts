import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import fc from 'fast-check';
import { CHAT_DIALECTS } from '../../src/decide/wire/chat/dialects.ts';
import { describeKept, type KeptTarget } from '../../src/decide/wire/describe-kept.ts';
import { MESSAGES_DIALECTS } from '../../src/decide/wire/messages/dialects.ts';
import {
  asObject,
  asObjects,
  asString,
  isObject,
  type JsonObject,
  parseJson,
} from '../../src/decide/wire/read-json.ts';
import { RESPONSES_DIALECTS } from '../../src/decide/wire/sanitise/dialects.ts';
import type { Action, Scenario, Step } from '../../src/serve/simulator/scenario.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { CODEX_NOW, describeItem, runTurn } from './codex-model.ts';
import { driveWalk } from './drive-exchange.ts';
import { settingsOf } from './start-walk.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

interface Vendor {
  readonly title: string;
  readonly wire: Exclude<KeptTarget['provider']['wire'], 'vertex'>;
  readonly dialect: string;
  readonly model: string;
}

/** Where the rules depend on the model, one that has the most of them. */
const MODELS: Readonly<Record<string, string>> = {
  anthropic: 'claude-opus-5',
  deepseek: 'deepseek-v4',
  minimax: 'MiniMax-M3',
  moonshot: 'kimi-k3',
  zai: 'glm-5.2',
  mistral: 'mistral-medium-latest',
  google: 'gemini-3-pro',
  bedrock: 'anthropic.claude-opus-5',
};

const vendor = (wire: Vendor['wire'], dialect: string): Vendor => ({
  title: `${dialect} over ${wire}`,
  wire,
  dialect,
  model: MODELS[dialect] ?? 'some-model',
});

const VENDORS: readonly Vendor[] = [
  ...CHAT_DIALECTS.map(({ id }) => vendor('chat', id)),
  ...MESSAGES_DIALECTS.map(({ id }) => vendor('messages', id)),
  vendor('gemini', 'google'),
  vendor('converse', 'bedrock'),
  ...RESPONSES_DIALECTS.filter(({ portable }) => portable !== undefined).map(({ id }) => vendor('responses', id)),
];

const TOOLS = [
  { type: 'function', name: 'exec_command', parameters: { type: 'object', properties: { cmd: { type: 'string' } } } },
  { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
  {
    type: 'namespace',
    name: 'mcp__demo',
    description: 'A demonstration.',
    tools: [{ type: 'function', name: 'lookup', parameters: { type: 'object', properties: {} } }],
  },
];

/** What comes back changed from careless codecs. Numbered, so that each place is found again. */
const text = fc
  .constantFrom(
    'Plain words.',
    'Ünïcödé 🦊, "quotes" and \\ backslashes.',
    'Lines:\n\n  indented\n\ttabbed',
    '{"looks": ["like", "JSON"]}',
    '```sh\necho "$HOME" && ls\n```',
    'a < b && c > d </not-a-tag>',
  )
  .chain((words) => fc.integer({ min: 100, max: 999 }).map((number) => `${number}: ${words} (${number})`));

const call: fc.Arbitrary<Action> = fc.oneof(
  text.map((command): Action => ({ kind: 'shell', command })),
  text.map((patch): Action => ({ kind: 'patch', patch: `*** Begin Patch\n${patch}\n*** End Patch\n` })),
  fc
    .dictionary(
      fc.constantFrom('query', 'deep', 'ü'),
      fc.oneof(text, fc.boolean(), fc.integer(), fc.constant(null), fc.array(text, { maxLength: 2 })),
    )
    .map((values): Action => ({ kind: 'mcp', server: 'demo', tool: 'lookup', arguments: { ...values } })),
);

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> => fc.array(value, { maxLength: 1 });
const thought = text
  .map((words) => `I think ${words}`)
  .map((summary): Action => ({ kind: 'think', summary, text: summary }));
const said = (phase: 'commentary' | 'final_answer'): fc.Arbitrary<Action> =>
  text.map((words): Action => ({ kind: 'say', text: words, phase }));

const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.array(
      fc
        .tuple(optional(thought), optional(said('commentary')), fc.array(call, { minLength: 1, maxLength: 3 }))
        .map((parts): Step => parts.flat()),
      { maxLength: 3 },
    ),
    fc.tuple(optional(thought), said('final_answer')).map(([thoughts, words]): Step => [...thoughts, words]),
  )
  .map(([working, last]) => [...working, last]);

const PIXELS = Buffer.from('a picture of a lighthouse').toString('base64');

/** A thread that has lived elsewhere: its state is sealed for somebody else, its words are everybody's. */
function historyOf(words: readonly string[]): readonly JsonObject[] {
  const [asked = '', thought = '', found = '', patch = '', done = '', answer = ''] = words;
  const message = (role: string, type: string, content: string, at: number): JsonObject => ({
    type: 'message',
    role,
    content: [{ type, text: content }],
    id: `msg_${at}`,
  });
  return [
    message('developer', 'input_text', 'Base prompt.', 1),
    {
      ...message('user', 'input_text', asked, 2),
      content: [
        { type: 'input_text', text: asked },
        { type: 'input_image', image_url: `data:image/png;base64,${PIXELS}` },
      ],
    },
    {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: thought }],
      encrypted_content: `gAAAA${'x'.repeat(80)}`,
    },
    { type: 'function_call', call_id: 'c1', name: 'lookup', namespace: 'mcp__demo', arguments: '{"query":"before"}' },
    { type: 'custom_tool_call', call_id: 'c2', name: 'apply_patch', input: patch },
    { type: 'custom_tool_call_output', call_id: 'c2', output: done },
    { type: 'function_call_output', call_id: 'c1', output: found },
    message('assistant', 'output_text', answer, 3),
  ];
}

/** A conversation as lines that are equal where nothing was lost: calls and outputs by their arguments. */
type Line = readonly [who: 'user' | 'assistant' | 'call' | 'output', what: string];

const callLine = (name: string, parameters: unknown): Line => ['call', `${name} ${JSON.stringify(parameters)}`];

function expectedLines(words: readonly string[], turn: readonly Step[], seesImages: boolean): readonly Line[] {
  const [asked = '', , found = '', patch = '', done = '', answer = ''] = words;
  const image = seesImages ? '[image]' : '[not seen]';
  const before: readonly Line[] = [
    ['user', asked],
    ['user', image],
    callLine('mcp__demo__lookup', { query: 'before' }),
    callLine('apply_patch', { input: patch }),
    ['output', found],
    ['output', done],
    ['assistant', answer],
    ['user', 'Do the task.'],
  ];
  let ran = 0;
  const after = turn.slice(0, -1).flatMap((step): readonly Line[] => {
    const calls = step.flatMap(lineOfCall);
    const outputs = calls.map((): Line => {
      ran += 1;
      return ['output', `done ${ran}`];
    });
    const texts = step.flatMap((action): readonly Line[] =>
      action.kind === 'say' ? [['assistant', action.text]] : [],
    );
    return [...texts, ...calls, ...outputs];
  });
  return [...before, ...after];
}

function lineOfCall(action: Action): readonly Line[] {
  switch (action.kind) {
    case 'shell':
      return [callLine('exec_command', { cmd: action.command })];
    case 'patch':
      return [callLine('apply_patch', { input: action.patch })];
    case 'mcp':
      return [callLine('mcp__demo__lookup', action.arguments)];
    default:
      return [];
  }
}

/** As the upstream reads the request, whatever its wire: thoughts and prompts of the system left out. */
function readLines(body: JsonObject): readonly Line[] {
  const items = asObjects(body['input']);
  if (items.length > 0) return responsesLines(items);
  return [
    ...asObjects(body['contents']).flatMap(geminiLines),
    ...asObjects(body['messages']).flatMap((message) =>
      asObjects(message['content']).some(isConverseBlock) ? converseLines(message) : messageLines(message),
    ),
  ];
}

function geminiLines({ role, parts }: JsonObject): readonly Line[] {
  return asObjects(parts).flatMap((part): readonly Line[] => {
    const { functionCall: call, functionResponse: result } = part;
    if (part['thought'] === true) return [];
    if (isObject(call)) return [callLine(String(call['name']), call['args'])];
    if (isObject(result)) return [['output', String(asObject(result['response'])?.['content'])]];
    if (part['inlineData'] !== undefined) return [['user', '[image]']];
    return textLines(role === 'user' ? 'user' : 'assistant', asString(part['text']) ?? '');
  });
}

/** Bedrock names a block by its only key. */
const isConverseBlock = (block: JsonObject): boolean => !('type' in block);

function converseLines({ role, content }: JsonObject): readonly Line[] {
  return asObjects(content).flatMap(({ text, image, toolUse: call, toolResult: result }): readonly Line[] => {
    if (isObject(call)) return [callLine(String(call['name']), call['input'])];
    if (isObject(result)) return [['output', outputText(result['content'])]];
    if (image !== undefined) return [['user', '[image]']];
    return textLines(role === 'user' ? 'user' : 'assistant', asString(text) ?? '');
  });
}

function responsesLines(items: readonly JsonObject[]): readonly Line[] {
  return items.flatMap((item): readonly Line[] => {
    switch (item['type']) {
      case 'function_call':
        return [callLine(String(item['name']), parseJson(String(item['arguments'])))];
      case 'custom_tool_call':
        return [callLine(String(item['name']), { input: item['input'] })];
      case 'function_call_output':
      case 'custom_tool_call_output':
        return [['output', String(item['output'])]];
      case 'message':
        return partLines(item['role'], item['content']);
      default:
        return [];
    }
  });
}

function messageLines(message: JsonObject): readonly Line[] {
  const { role, content } = message;
  if (role === 'tool') return [['output', String(content)]];
  const calls = asObjects(message['tool_calls']).map((one) => {
    const { name, arguments: parameters } = asObject(one['function']) ?? {};
    return callLine(String(name), parseJson(String(parameters)));
  });
  return [...partLines(role, content), ...calls];
}

function partLines(role: unknown, content: unknown): readonly Line[] {
  if (role !== 'user' && role !== 'assistant') return [];
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : asObjects(content);
  return parts.flatMap((part): readonly Line[] => {
    switch (part['type']) {
      case 'tool_use':
        return [callLine(String(part['name']), part['input'])];
      case 'tool_result':
        return [['output', outputText(part['content'])]];
      case 'image':
      case 'image_url':
      case 'input_image':
        return [['user', '[image]']];
      case 'text':
      case 'input_text':
      case 'output_text':
        return textLines(role, asString(part['text']) ?? '');
      default:
        return [];
    }
  });
}

const outputText = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : asObjects(content)
        .map((part) => String(part['text']))
        .join('\n');

const NOT_SEEN = '[An image was here. This model cannot see images.]';

/** Vendors that know no parts get them joined, and those that take no reasoning get it as a tagged text. */
function textLines(role: 'user' | 'assistant', whole: string): readonly Line[] {
  return whole
    .replace(/<think>[\s\S]*?<\/think>\s*/, '')
    .split(NOT_SEEN)
    .flatMap((piece, at): readonly Line[] => {
      const trimmed = piece.trim();
      const text: readonly Line[] = trimmed === '' ? [] : [[role, trimmed]];
      return at === 0 ? text : [['user', '[not seen]'], ...text];
    });
}

function routeTo({ wire, dialect, model }: Vendor): string {
  return `[server]\nlisten = "127.0.0.1:0"\n[providers.only]\nwire = "${wire}"\n${wire === 'gemini' || wire === 'converse' ? '' : `dialect = "${dialect}"\n`}base_url = "http://only.test/v1"\nkey = "none"\n[[routes]]\nid = "all"\nmodels = ["*"]\n[[routes.targets]]\nprovider = "only"\nmodel = "${model}"\n`;
}

const PATHS = {
  responses: '/responses',
  chat: '/chat/completions',
  messages: '/messages',
  gemini: `/models/${MODELS['google']}:streamGenerateContent?alt=sse`,
  converse: `/model/${MODELS['bedrock']}/converse-stream`,
};

/** Told apart by where they stand. */
const words = fc.tuple(text, text, text, text, text, text).map((all) => all.map((one, at) => `Word ${at}: ${one}`));

describe.each(VENDORS.map((one) => [one.title, one] as const))('%s', (_title, one) => {
  test('gets every word, call and output of a thread, and the client every word and call of its answers', async () => {
    const provider = { wire: one.wire, dialect: one.dialect, firstParty: false };
    const kept = describeKept({ provider, model: one.model });
    const settings = settingsOf(routeTo(one));
    await fc.assert(
      fc.asyncProperty(words, steps, async (before, turn) => {
        const scenario: Scenario = {
          name: 'generated',
          summary: '',
          turns: [[[{ kind: 'say', text: 'x' }]], [...turn]],
        };
        const simulator = await startSimulator({ scenario, wire: one.wire, dialect: one.dialect });
        try {
          const walk = driveWalk(settings, async (_id, body) => {
            const response = await fetch(`${simulator.url}${PATHS[one.wire]}`, {
              method: 'POST',
              headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
              body: Buffer.from(body),
            });
            const chunks = [Buffer.from(await response.arrayBuffer())];
            const contentType = response.headers.get('content-type') ?? '';
            return { status: response.status, contentType, chunks, end: 'eof' };
          });
          const outcome = await runTurn(CODEX_NOW, walk.ask, { history: historyOf(before), tools: TOOLS });
          expect(outcome).toMatchObject({ error: undefined, objections: [], reconnects: 0 });

          // Some reasoning has nothing to show: it carries a signature.
          const items = outcome.items.filter((item) => item !== 'reasoning: ');
          const [thoughts, rest] = partition(items, (item) => item.startsWith('reasoning: '));
          const [allThoughts, allOthers] = partition(turn.flat().map(describeAction), (item) =>
            item.startsWith('reasoning: '),
          );
          expect(rest).toEqual(allOthers);
          // A vendor either shows what its model thinks or does not.
          expect([[], allThoughts]).toContainEqual(thoughts.map((thought) => thought.trimEnd()));

          const last = simulator.requests.at(-1)?.body as JsonObject;
          const expected = expectedLines(before, turn, kept.images === 'sent').map(trimmedLine);
          const told = `${before[1]}`;
          // Another's thought is part of the text where the vendor has no place for it.
          const lines = readLines(last)
            .flatMap(([who, what]) => withoutForeign(who, what, told))
            .map(trimmedLine);
          expect(lines).toEqual(expected);
          const sent = JSON.stringify(last);
          expect(sent).toContain(JSON.stringify(told).slice(1, -1));
          expect(sent).not.toContain('gAAAAxxxx');
          const shown = turn
            .slice(0, -1)
            .flatMap((step) => step.flatMap((action) => (action.kind === 'think' ? [action.summary] : [])));
          if (thoughts.length > 0)
            for (const summary of shown)
              expect(sent.includes(JSON.stringify(summary).slice(1, -1))).toBe(kept.ownReasoning === 'sent back');
        } finally {
          await simulator.stop();
        }
      }),
      { numRuns: 12 },
    );
  });
});

const trimmedLine = ([who, what]: Line): Line => [who, who === 'call' ? what : what.trim()];

function withoutForeign(who: Line[0], what: string, told: string): readonly Line[] {
  if (who !== 'assistant' || !what.includes(told)) return [[who, what]];
  const rest = what.replace(told, '').trim();
  return rest === '' ? [] : [[who, rest]];
}

function partition<T>(values: readonly T[], isFirst: (value: T) => boolean): readonly [T[], T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

function describeAction(action: Action): string {
  switch (action.kind) {
    case 'think':
      return describeItem({ type: 'reasoning', summary: [{ text: action.summary }] });
    case 'say':
      return describeItem({ type: 'message', phase: action.phase, content: [{ text: action.text }] });
    case 'shell':
      return describeItem({
        type: 'function_call',
        name: 'exec_command',
        arguments: JSON.stringify({ cmd: action.command }),
      });
    case 'patch':
      return describeItem({ type: 'custom_tool_call', name: 'apply_patch', input: action.patch });
    case 'mcp':
      return describeItem({
        type: 'function_call',
        namespace: 'mcp__demo',
        name: 'lookup',
        arguments: JSON.stringify(action.arguments),
      });
    default:
      throw new Error('not generated');
  }
}
