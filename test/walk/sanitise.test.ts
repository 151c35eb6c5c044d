import { afterEach, describe, expect, test } from 'bun:test';
import { parseFault } from '../../src/serve/simulator/faults/parse-fault.ts';
import { TASK } from '../../src/serve/simulator/scenarios/task.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { askOverHttp } from './ask-over-http.ts';
import { CODEX_NOW, codexBody, eventsOf, inSession, OTHER_CLIENT, PROMPT, runTurn } from './codex-model.ts';
import { driveWalk } from './drive-exchange.ts';
import { SHAPES, scenarioNamed } from './record-streams.ts';
import { settingsOf, startWalk, type WalkGateway } from './start-walk.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Upstream {
  readonly url: string;
  readonly dialect?: string;
}

function routeTo(upstreams: readonly Upstream[]): string {
  const providers = upstreams.map(({ url, dialect }, index) => {
    const lines = [`[providers.p${index + 1}]`, 'wire = "responses"', `base_url = "${url}"`, 'key = "none"'];
    return [...lines, ...(dialect === undefined ? [] : [`dialect = "${dialect}"`])].join('\n');
  });
  const targets = upstreams.map(
    (_one, index) => `  [[routes.targets]]\n  provider = "p${index + 1}"\n  priority = ${index + 1}\n`,
  );
  return `[server]\nlisten = "127.0.0.1:0"\n\n${providers.join('\n\n')}\n\n[[routes]]\nid = "test"\nmodels = ["gpt-*"]\n${targets.join('')}`;
}

const VENDORS = [
  'xai',
  'deepseek',
  'openrouter',
  'dashscope',
  'minimax',
  'together',
  'fireworks',
  'groq',
  'huggingface',
  'databricks',
  'cloudflare',
  'ollama',
  'lmstudio',
  'vllm',
  'sglang',
  'llamacpp',
  'generic',
];

async function startVendor(name: string, options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ scenario: TASK, wire: 'responses', dialect: name, ...options });
  cleanUps.push(simulator.stop);
  return simulator;
}

function startGateway(upstreams: readonly Upstream[]): WalkGateway {
  const walk = startWalk(routeTo(upstreams));
  cleanUps.push(walk.stop);
  return walk;
}

function fault(spec: string) {
  const parsed = parseFault(spec);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.fault;
}

describe('a task whose only target is', () => {
  test.each(VENDORS)(
    '%s is done as with OpenAI: the same calls, in a stream that nobody can object to',
    async (name) => {
      const openai = await startSimulator({ scenario: TASK });
      cleanUps.push(openai.stop);
      const plain = await runTurn(CODEX_NOW, askOverHttp(startGateway([{ url: openai.url }])));
      const vendor = await startVendor(name);
      const walk = startGateway([{ url: vendor.url, dialect: name }]);
      const outcome = await runTurn(CODEX_NOW, askOverHttp(walk));
      expect(outcome).toEqual({ ...plain, objections: [] });
      expect(outcome.ran).toHaveLength(2);
      expect(walk.exchanges.map(({ attempts }) => attempts.map((one) => one.lane))).toEqual([
        ['sanitised'],
        ['sanitised'],
        ['sanitised'],
      ]);
      expect(vendor.requests.map((request) => request.status)).toEqual([200, 200, 200]);
      for (const request of vendor.requests) {
        expect(JSON.stringify(request.headers)).not.toMatch(/x-codex|secret-project|installation/);
      }
    },
  );
});

describe('a thread that moves', () => {
  test('to a vendor with quirks and back: nobody gets the state of another, and both get their own', async () => {
    const alpha = await startSimulator({ scenario: TASK, name: 'alpha', faults: [fault('server-error-500@step=2')] });
    cleanUps.push(alpha.stop);
    const xai = await startVendor('xai', { faults: [fault('server-error-500@step=3')] });
    const walk = startGateway([{ url: alpha.url }, { url: xai.url, dialect: 'xai' }]);
    const outcome = await runTurn(CODEX_NOW, askOverHttp(walk));
    expect(outcome).toMatchObject({ error: undefined, reconnects: 0, objections: [] });
    expect(outcome.ran).toHaveLength(2);
    const answered = walk.exchanges.map(({ attempts }) => attempts.map((one) => `${one.providerId} ${one.outcome}`));
    expect(answered.flat().filter((one) => one.endsWith(' ok'))).toEqual(['p1 ok', 'p2 ok', 'p1 ok']);
    expect(answered.flat().join()).not.toContain('FOREIGN_STATE');
    const last = JSON.stringify(alpha.requests.at(-1)?.body);
    expect(last).not.toContain('hf1_metadata');
    expect(last).toContain('Writing the notes'); // the other's thought, as people read it
  });

  test('from a vendor that thinks aloud to OpenAI: what it thought is told, as a text', async () => {
    const deepseek = await startVendor('deepseek', { faults: [fault('server-error-500@step=2')] });
    const openai = await startSimulator({ scenario: TASK, name: 'beta', faults: [fault('server-error-500@step=1')] });
    cleanUps.push(openai.stop);
    const walk = startGateway([{ url: deepseek.url, dialect: 'deepseek' }, { url: openai.url }]);
    expect(await runTurn(CODEX_NOW, askOverHttp(walk))).toMatchObject({ error: undefined, objections: [] });
    const answered = walk.exchanges.map(({ attempts }) => attempts.at(-1)?.providerId);
    expect(answered.slice(0, 2)).toEqual(['p1', 'p2']);
    expect(JSON.stringify(openai.requests[0]?.body)).toContain('First the log line, then the notes');
  });

  test('from a server that thinks aloud, and of which nobody said so: OpenAI refuses that once, and is told it', async () => {
    const vllm = await startVendor('vllm', { strict: { validate: false }, faults: [fault('server-error-500@step=2')] });
    const openai = await startSimulator({ scenario: TASK, name: 'beta', faults: [fault('server-error-500@step=1')] });
    cleanUps.push(openai.stop);
    const walk = startGateway([{ url: vllm.url }, { url: openai.url }]);
    const outcome = await runTurn(inSession(CODEX_NOW, 'aloud'), askOverHttp(walk));
    expect(outcome).toMatchObject({ error: undefined, reconnects: 0, objections: [] });
    expect(walk.exchanges.map(({ attempts }) => attempts.map((one) => `${one.providerId} ${one.outcome}`))).toEqual([
      ['p1 ok'],
      ['p1 SERVER_ERROR', 'p2 FOREIGN_STATE', 'p2 ok'],
      ['p2 ok'],
    ]);
    const texts = openai.requests.slice(1).map((request) => JSON.stringify(request.body));
    for (const text of texts) expect(text).toContain('First the log line, then the notes');
    expect(texts.at(-1)).not.toContain('reasoning_text');
  });

  test('and stays: its own reasoning comes back to the vendor that sealed it', async () => {
    const xai = await startVendor('xai');
    const walk = startGateway([{ url: xai.url, dialect: 'xai' }]);
    await runTurn(CODEX_NOW, askOverHttp(walk));
    const body = xai.requests.at(-1)?.body as { input: { type: string; encrypted_content?: string }[] } | undefined;
    const own = (body?.input ?? []).filter((item) => item.type === 'reasoning');
    expect(own.length).toBeGreaterThan(0);
    for (const item of own) expect(item.encrypted_content).toStartWith('gAAAA');
  });
});

test('a request that the vendor cannot serve goes to the next one, and the record says why', async () => {
  const ollama = await startVendor('ollama');
  const other = await startSimulator({ scenario: TASK, name: 'other' });
  cleanUps.push(other.stop);
  const walk = startGateway([{ url: ollama.url, dialect: 'ollama' }, { url: other.url }]);
  const response = await walk.ask({
    model: 'gpt-5.5',
    input: 'hi',
    stream: true,
    tools: [{ type: 'function', name: 'f', parameters: {} }],
    tool_choice: 'required',
  });
  expect(await response.text()).toContain('response.completed');
  expect(walk.exchanges[0]?.attempts).toMatchObject([
    { outcome: 'TARGET_UNSUPPORTED', upstreamCode: 'tool_choice' },
    { outcome: 'ok' },
  ]);
  expect(ollama.requests).toHaveLength(0);
});

test('a whole JSON answer is mapped back as a stream is', async () => {
  const xai = await startVendor('xai', { scenario: scenarioNamed('custom-call') });
  const walk = startGateway([{ url: xai.url, dialect: 'xai' }]);
  const response = await walk.ask({ model: 'gpt-5.5', input: 'hi', tools: [{ type: 'custom', name: 'apply_patch' }] });
  const body = (await response.json()) as { output: unknown[]; usage: unknown };
  expect(body.output).toContainEqual(
    expect.objectContaining({
      type: 'custom_tool_call',
      name: 'apply_patch',
      input: expect.stringContaining('*** Begin Patch'),
    }),
  );
});

test.each([
  ['an error in the stream', 'failed-in-middle'],
  ['an HTML page', 'html-200'],
  ['half an event', 'half-chunk-after-event:response.output_item.done'],
  ['an empty answer', 'completed-without-output'],
  ['bytes that are no text', 'invalid-utf8'],
  ['data that is no JSON', 'invalid-json'],
  ['an event in many pieces', 'split-everywhere'],
])('%s of a vendor with quirks is a failure like any other', async (_name, spec) => {
  const xai = await startVendor('xai', { faults: [fault(spec)] });
  const other = await startSimulator({ scenario: TASK, name: 'other' });
  cleanUps.push(other.stop);
  const walk = startGateway([{ url: xai.url, dialect: 'xai' }, { url: other.url }]);
  expect(await runTurn(CODEX_NOW, askOverHttp(walk))).toMatchObject({ error: undefined, objections: [] });
});

describe('a vendor that leaves out of its events what it can', () => {
  const LEFT_OUT = new Set(
    (
      'sequence_number logprobs annotations obfuscation access_programs created_at error incomplete_details metadata ' +
      'parallel_tool_calls temperature top_p tool_choice instructions input_tokens_details output_tokens_details'
    ).split(' '),
  );
  const leaner = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(leaner);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([name]) => !LEFT_OUT.has(name));
    return Object.fromEntries(kept.map(([name, inside]) => [name, leaner(inside)]));
  };

  test.each(SHAPES)('%s: clients get every field that the API declares', async (_name, shape) => {
    const vendor = await startVendor('xai', { scenario: scenarioNamed(shape) });
    const settings = settingsOf(routeTo([{ url: 'http://any.test/v1', dialect: 'xai' }]));
    for (const client of [OTHER_CLIENT, CODEX_NOW]) {
      const walk = driveWalk(settings, async (_id, body) => {
        const response = await fetch(`${vendor.url}/responses`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: Buffer.from(body),
        });
        const events = eventsOf(await response.text());
        const lines = events.map((event) => `event: ${event['type']}\ndata: ${JSON.stringify(leaner(event))}\n\n`);
        return {
          status: 200,
          contentType: 'text/event-stream',
          chunks: lines.map((line) => Buffer.from(line)),
          end: 'eof',
        };
      });
      expect(await runTurn(client, walk.ask)).toMatchObject({ error: undefined, objections: [], reconnects: 0 });
    }
  });
});

test('a tool that the vendor is not offered stands in the record of the attempt', async () => {
  const ollama = await startVendor('ollama');
  const walk = startGateway([{ url: ollama.url, dialect: 'ollama' }]);
  const tools = [{ type: 'web_search' }, { type: 'function', name: 'f', parameters: {} }];
  await (await walk.ask({ model: 'gpt-5.5', input: 'hi', stream: true, tools })).text();
  expect(walk.exchanges[0]?.attempts[0]).toMatchObject({ outcome: 'ok', droppedTools: ['web_search'] });
});

describe("vendors that run OpenAI's own API", () => {
  const namespace = { type: 'namespace', name: 'functions', description: 'Functions.' };
  const tools = [{ ...namespace, tools: [{ type: 'custom', name: 'exec' }] }];
  const codeMode = [{ type: 'additional_tools', role: 'developer', tools }, PROMPT];
  const sent = (simulator: Simulator) => simulator.requests.at(-1)?.body as Record<string, unknown>;

  test('Azure gets the bytes as they are, until an effort that it refuses', async () => {
    const azure = await startSimulator({ scenario: TASK, wire: 'responses', dialect: 'azure' });
    cleanUps.push(azure.stop);
    const walk = startGateway([{ url: azure.url, dialect: 'azure' }]);
    await (await walk.ask(codexBody(codeMode))).text();
    expect(sent(azure)['input']).toEqual(codeMode);
    await (await walk.ask(codexBody(codeMode, { reasoning: { effort: 'ultra', context: 'all_turns' } }))).text();
    expect(sent(azure)).toMatchObject({ input: codeMode, reasoning: { effort: 'max', context: 'all_turns' } });
    expect(walk.exchanges.map(({ attempts }) => attempts.map((one) => `${one.lane} ${one.outcome}`))).toEqual([
      ['raw ok'],
      ['sanitised ok'],
    ]);
  });

  test('Azure is told what every tool is for, where Codex does not say it', async () => {
    const azure = await startSimulator({ scenario: TASK, wire: 'responses', dialect: 'azure' });
    cleanUps.push(azure.stop);
    const walk = startGateway([{ url: azure.url, dialect: 'azure' }]);
    const silent = [{ ...namespace, description: '', tools: [{ type: 'custom', name: 'exec', description: '' }] }];
    const offer = { type: 'additional_tools', role: 'developer', tools: silent };
    await (await walk.ask(codexBody([offer, PROMPT], { tools: silent }))).text();
    const told = [{ ...namespace, description: 'Tools of functions.', tools: [{ type: 'custom', name: 'exec' }] }];
    expect(sent(azure)).toMatchObject({ input: [{ ...offer, tools: told }, PROMPT], tools: told });
    expect(JSON.stringify(sent(azure))).not.toContain('"description":""');
    expect(walk.exchanges[0]?.attempts).toMatchObject([{ lane: 'sanitised', outcome: 'ok' }]);
  });

  test('Bedrock gets the tools of code mode where it looks for them, and its answer passes as it is', async () => {
    const options = { wire: 'responses', dialect: 'bedrock' } as const;
    const bedrock = await startSimulator({ scenario: scenarioNamed('custom-call'), ...options });
    cleanUps.push(bedrock.stop);
    const walk = startGateway([{ url: bedrock.url, dialect: 'bedrock' }]);
    const answer = await (await walk.ask(codexBody(codeMode, { tools: [{ type: 'web_search' }] }))).text();
    expect(sent(bedrock)).toMatchObject({ input: [PROMPT], tools });
    expect(answer).toContain('"namespace":"functions"');
    expect(walk.exchanges[0]?.attempts).toMatchObject([{ outcome: 'ok', droppedTools: ['web_search'] }]);
  });
});
