import { afterEach, describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/decide/wire/read-json.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { codexBody, PROMPT } from './codex-model.ts';
import { scenarioNamed } from './record-streams.ts';
import { startWalk, type WalkGateway } from './start-walk.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Stated {
  readonly wire: 'chat' | 'messages' | 'responses' | 'gemini' | 'converse';
  /** '': the wire has none. */
  readonly dialect: string;
  /** Further lines of the provider and of the target. */
  readonly provider?: string;
  readonly target?: string;
  readonly strict?: SimulatorOptions['strict'];
}

async function start({ wire, dialect, provider = '', target = '', strict }: Stated) {
  const named = wire === 'responses' || dialect === '' ? {} : { dialect };
  const simulator = await startSimulator({
    wire,
    ...named,
    scenario: scenarioNamed('text'),
    ...(strict === undefined ? {} : { strict }),
  });
  cleanUps.push(simulator.stop);
  const walk = startWalk(
    `[server]\nlisten = "127.0.0.1:0"\n[providers.one]\nwire = "${wire}"\n${dialect === '' ? '' : `dialect = "${dialect}"\n`}base_url = "${simulator.url}"\nkey = "none"\n${provider}\n[[routes]]\nid = "r"\nmodels = ["*"]\n[[routes.targets]]\nprovider = "one"\n${target}\n`,
  );
  cleanUps.push(walk.stop);
  return { simulator, walk };
}

async function sent(simulator: Simulator, walk: WalkGateway, input: readonly unknown[], more: JsonObject = {}) {
  const answer = await (await walk.ask(codexBody(input, more))).text();
  expect(answer).toContain('response.completed');
  const last = simulator.requests.at(-1);
  return { body: last?.body as JsonObject, headers: last?.headers ?? {}, text: JSON.stringify(last?.body) };
}

/** Whatever the wire calls it. */
const LIMIT = (tokens: number): RegExp => new RegExp(`"(max_tokens|maxTokens|maxOutputTokens)":${tokens}\\b`);

const IMAGE = {
  type: 'message',
  role: 'user',
  content: [{ type: 'input_image', image_url: 'data:image/png;base64,bGlnaHRob3VzZQ==' }],
};

describe('what the configuration says of a target', () => {
  test.each([
    ['chat', 'vllm'],
    ['messages', 'anthropic'],
    ['gemini', ''],
    ['converse', ''],
  ] as const)('over %s: a model that cannot see is told that there was an image', async (wire, dialect) => {
    const blind = await start({ wire, dialect, target: 'images = false' });
    expect((await sent(blind.simulator, blind.walk, [PROMPT, IMAGE])).text).toContain('This model cannot see images');
    const seeing = await start({ wire, dialect, target: 'images = true' });
    expect((await sent(seeing.simulator, seeing.walk, [PROMPT, IMAGE])).text).toContain('bGlnaHRob3VzZQ==');
  });

  test.each([
    ['chat', 'vllm'],
    ['messages', 'anthropic'],
    ['gemini', ''],
    ['converse', ''],
  ] as const)('over %s: an answer is as long as it says, unless the client says otherwise', async (wire, dialect) => {
    const { simulator, walk } = await start({ wire, dialect, target: 'max_output_tokens = 777' });
    expect((await sent(simulator, walk, [PROMPT])).text).toMatch(LIMIT(777));
    expect((await sent(simulator, walk, [PROMPT], { max_output_tokens: 55 })).text).toMatch(LIMIT(55));
  });

  test.each([
    ['chat', 'vllm', 'extra_body = { user = "team-7" }', { user: 'team-7' }],
    [
      'messages',
      'anthropic',
      'extra_body = { metadata = { user_id = "team-7" } }',
      { metadata: { user_id: 'team-7' } },
    ],
  ] as const)('over %s: further fields are sent', async (wire, dialect, provider, fields) => {
    const { simulator, walk } = await start({ wire, dialect, provider });
    expect((await sent(simulator, walk, [PROMPT])).body).toMatchObject(fields);
  });
});

const SESSION = '0199a1b2-0000-7000-8000-00000000000a';

describe("Codex's session, which is the name of its prompt cache", () => {
  const FUNCTIONS_ONLY = { firstParty: false, toolTypes: ['function'] };

  test.each<readonly [string, Stated, (body: JsonObject, headers: Readonly<Record<string, string>>) => unknown]>([
    ['a field over chat', { wire: 'chat', dialect: 'mistral' }, (body) => body['prompt_cache_key']],
    ['a header over chat', { wire: 'chat', dialect: 'xai' }, (_body, headers) => headers['x-grok-conv-id']],
    [
      'a field of the Responses API',
      { wire: 'responses', dialect: 'openrouter', strict: FUNCTIONS_ONLY },
      (body) => body['prompt_cache_key'],
    ],
  ])('is told to other vendors under another name, always the same: %s', async (_name, stated, find) => {
    const { simulator, walk } = await start(stated);
    const names: unknown[] = [];
    for (const key of [SESSION, SESSION, 'another session']) {
      const { body, headers, text } = await sent(simulator, walk, [PROMPT], { prompt_cache_key: key });
      expect(text + JSON.stringify(headers)).not.toContain(key);
      names.push(find(body, headers));
    }
    expect(names[0]).toMatch(/^[\w-]{22}$/);
    expect(names[1]).toBe(names[0]);
    expect(names[2]).not.toBe(names[0]);
  });
});
