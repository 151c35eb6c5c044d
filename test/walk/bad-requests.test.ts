import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { asObject, asString, type JsonObject } from '../../src/decide/wire/read-json.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { codexBody, PROMPT, readStream } from './codex-model.ts';
import { routeOverLanes, TESTED_LANES, type TestedLane, VERTEX } from './lanes.ts';
import { scenarioNamed } from './record-streams.ts';
import { startWalk } from './start-walk.ts';

setDefaultTimeout(120_000);

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** `answered`: the upstream took the request. `refused`: nothing was sent, and the error names what it was. */
type Outcome =
  | { readonly kind: 'answered'; readonly upstreamSees?: readonly string[] }
  | { readonly kind: 'refused'; readonly names: RegExp };

interface BadRequest {
  readonly name: string;
  /** Items before the prompt. */
  readonly before?: readonly unknown[];
  /** Items after the prompt. */
  readonly after?: readonly unknown[];
  readonly fields?: JsonObject;
  readonly outcome: Outcome;
  /** On lanes where it is another one. */
  readonly except?: Readonly<Record<string, Outcome>>;
}

const ANSWERED: Outcome = { kind: 'answered' };
const sees = (...upstreamSees: readonly string[]): Outcome => ({ kind: 'answered', upstreamSees });
const refused = (names: RegExp): Outcome => ({ kind: 'refused', names });

const call = (callId: string, more: JsonObject = {}): JsonObject => ({
  type: 'function_call',
  call_id: callId,
  name: 'exec_command',
  arguments: '{"cmd":"ls"}',
  ...more,
});
const output = (callId: string, text: unknown): JsonObject => ({
  type: 'function_call_output',
  call_id: callId,
  output: text,
});
const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Said before.' }] };
const PIXELS = Buffer.from('a picture of a lighthouse').toString('base64');
const image = { type: 'input_image', image_url: `data:image/png;base64,${PIXELS}` };
const user = (...content: readonly unknown[]): JsonObject => ({ type: 'message', role: 'user', content });
const tool = (name: string, parameters: unknown, more: JsonObject = {}): JsonObject => ({
  type: 'function',
  name,
  description: 'Does something.',
  parameters,
  ...more,
});
const tools = (...list: readonly unknown[]): JsonObject => ({ tools: list });

const ENORMOUS = `begin ${'line of a long log\n'.repeat(100_000)} end of it`;
const NOT_SEEN = 'This model cannot see images';

const BAD_REQUESTS: readonly BadRequest[] = [
  {
    name: 'an item of a type that nobody knows',
    before: [{ type: 'made_up_item', content: 'x' }],
    outcome: refused(/input\.0\.type/),
    // OpenAI's own word for it.
    except: { raw: refused(/made_up_item|input\[0\]/) },
  },
  {
    name: 'items of tools that its provider ran',
    before: [
      user({ type: 'input_text', text: 'Look it up.' }),
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
      said,
    ],
    outcome: sees('Said before.'),
  },
  { name: 'an item that is no object', before: ['text'], outcome: refused(/input/) },
  {
    name: 'a message of a role that nobody has',
    before: [{ type: 'message', role: 'narrator', content: 'x' }],
    outcome: refused(/role/),
    except: { raw: refused(/narrator/) },
  },
  { name: 'a call without an id', before: [{ ...call('c1'), call_id: undefined }], outcome: refused(/call_id/) },
  {
    name: 'an enormous output of a tool',
    after: [call('c1'), output('c1', ENORMOUS)],
    outcome: sees('begin line of', 'end of it'),
  },
  { name: 'an image of the user', after: [user(image)], outcome: sees(PIXELS), except: { chat: sees(NOT_SEEN) } },
  {
    name: 'an image as the output of a tool',
    after: [call('c1'), output('c1', [{ type: 'input_text', text: 'The screen:' }, image])],
    outcome: sees('The screen:', PIXELS),
    except: { chat: sees('The screen:', NOT_SEEN) },
  },
  {
    name: 'an output without a call',
    after: [output('c9', 'nobody asked')],
    outcome: ANSWERED,
    except: { raw: refused(/No tool call|call/) },
  },
  {
    name: 'a call without an output',
    before: [call('c1')],
    outcome: ANSWERED,
    except: { raw: refused(/No tool output|call/) },
  },
  {
    name: 'calls of one id',
    before: [call('c1'), output('c1', 'one'), call('c1'), output('c1', 'two')],
    outcome: sees('one', 'two'),
    except: { raw: ANSWERED },
  },
  {
    name: 'arguments of an earlier call that are not JSON',
    before: [call('c1', { arguments: '{"cmd":"l' }), output('c1', 'not run')],
    outcome: sees('not run'),
  },
  { name: 'a history that ends with the assistant', after: [said], outcome: ANSWERED },
  { name: 'no input at all', fields: { input: [] }, outcome: ANSWERED },
  { name: 'input that is neither text nor a list', fields: { input: 7 }, outcome: refused(/input/) },
  ...(['previous_response_id', 'conversation'] as const).map(
    (field): BadRequest => ({ name: field, fields: { [field]: 'some_id' }, outcome: refused(new RegExp(field)) }),
  ),
  // OpenAI's own templates: only it knows what they say.
  { name: 'prompt', fields: { prompt: { id: 'pmpt_1' } }, outcome: refused(/prompt/), except: { raw: ANSWERED } },
  { name: 'background', fields: { background: true }, outcome: refused(/background/) },
  {
    name: 'a reference to an item that is kept elsewhere',
    before: [{ type: 'item_reference', id: 'msg_1' }],
    outcome: refused(/input\[0\]|item_reference/),
    except: { raw: ANSWERED },
  },
  { name: 'a tool without parameters', fields: tools(tool('plain', null), tool('empty', {})), outcome: sees('plain') },
  {
    name: 'a tool whose schema is a choice at the top',
    fields: tools(
      tool('choose', {
        anyOf: [
          { type: 'object', properties: { a: { type: 'string' } } },
          { type: 'object', properties: { b: { type: 'number' } } },
        ],
      }),
    ),
    outcome: sees('choose'),
  },
  {
    name: 'a tool whose schema refers to itself',
    fields: tools(
      tool('tree', {
        type: 'object',
        properties: { root: { $ref: '#/$defs/node' } },
        $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
      }),
    ),
    outcome: sees('tree'),
  },
  {
    name: 'a tool whose schema is of an older draft',
    fields: tools(
      tool('old', {
        $schema: 'http://json-schema.org/draft-04/schema#',
        type: 'object',
        properties: { n: { type: ['integer', 'null'], exclusiveMinimum: true, minimum: 0 } },
        additionalProperties: false,
      }),
    ),
    outcome: sees('old'),
  },
  {
    name: 'a tool whose schema is strict',
    fields: tools(
      tool(
        'strict_one',
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
        { strict: true },
      ),
    ),
    outcome: sees('strict_one'),
  },
  {
    name: 'a tool whose schema is an array',
    fields: tools(tool('list', { type: 'array', items: { type: 'string' } })),
    outcome: sees('list'),
  },
  {
    name: 'a tool with a name of 300 letters',
    fields: tools(tool('n'.repeat(300), {})),
    outcome: sees('nnnn'),
    except: { raw: refused(/nnnn/) },
  },
  {
    name: 'a tool with a name of other letters',
    fields: tools(tool('läuft.jetzt schon', {})),
    outcome: ANSWERED,
    except: { raw: refused(/läuft/) },
  },
  { name: 'two tools of one name', fields: tools(tool('twice', {}), tool('twice', {})), outcome: sees('twice') },
  {
    name: 'a tool without a name',
    fields: tools({ type: 'function' }),
    outcome: refused(/name/),
  },
  {
    name: 'a tool of a kind that only some run',
    fields: tools({ type: 'mcp', server_label: 'x', server_url: 'https://mcp.test' }),
    outcome: refused(/tools\.0/),
    except: { raw: ANSWERED },
  },
  {
    name: 'a form of the answer that nobody knows',
    fields: { text: { format: { type: 'made_up' } } },
    outcome: refused(/text\.format/),
    except: { raw: refused(/made_up/) },
  },
  {
    name: 'a choice of a tool that is not offered',
    fields: { tool_choice: { type: 'function', name: 'absent' } },
    outcome: refused(/tool_choice/),
    except: { raw: ANSWERED },
  },
  {
    name: 'fields that nobody knows',
    fields: { made_up_field: true },
    outcome: ANSWERED,
    except: { raw: refused(/unknown_parameter/) },
  },
];

const LANES = [...TESTED_LANES, VERTEX];
const CASES = BAD_REQUESTS.flatMap((bad) => LANES.map((lane) => [bad.name, lane.name, bad, lane] as const));

async function send(bad: BadRequest, lane: TestedLane) {
  const upstream = await startSimulator({ scenario: scenarioNamed('text'), ...lane.simulator });
  cleanUps.push(upstream.stop);
  const walk = startWalk(routeOverLanes([{ lane, url: upstream.url }]));
  cleanUps.push(walk.stop);
  const input = [...(bad.before ?? []), PROMPT, ...(bad.after ?? [])];
  const response = await walk.ask(codexBody(input, bad.fields), {
    'user-agent': 'another client',
    originator: 'other',
  });
  return { status: response.status, text: await response.text(), upstream, walk };
}

describe('what a client may send', () => {
  test.each(CASES)('%s: over %s', async (_name, _lane, bad, lane) => {
    const { status, text, upstream, walk } = await send(bad, lane);
    const expected = bad.except?.[lane.name] ?? bad.outcome;
    const last = Buffer.from(upstream.requests.at(-1)?.bytes ?? []).toString();
    const said = { text: text.slice(0, 600), sent: last.slice(0, 3000) };
    if (expected.kind === 'refused') {
      expect({ status, ...said }).toMatchObject({ status: 400 });
      const error = asObject(asObject(JSON.parse(text))?.['error']);
      expect(asString(error?.['message'])).toMatch(expected.names);
      // The raw lane does not look into bodies: there the provider says so itself.
      if (lane.name !== 'raw') expect(upstream.requests).toHaveLength(0);
      return;
    }
    expect({ status, ...said }).toMatchObject({ status: 200 });
    expect(readStream(text)).toMatchObject({ end: 'completed', objections: [] });
    expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(['ok']);
    for (const words of expected.upstreamSees ?? []) expect(last).toContain(words);
  });
});
