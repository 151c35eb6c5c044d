import { describe, expect, test } from 'bun:test';
import type { Provider, Route, RouteTarget, Wire } from '../../core/target.ts';
import { CODEX_TOOLS, type CodexTool, describeTools, findToolLosses, type ToolTarget } from './describe-tools.ts';
import { readRequest } from './responses/request.ts';
import { findResponsesDialect, RESPONSES_DIALECTS } from './sanitise/dialects.ts';
import { sanitiseRequest } from './sanitise/sanitise-lane.ts';

const TIMEOUTS = { connectMs: 1, headersMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };

function provider(id: string, wire: Wire, dialect?: string, firstParty = false): Provider {
  return {
    id,
    wire,
    baseUrl: 'http://a.test',
    key: { kind: 'none' },
    auth: 'bearer',
    headers: {},
    firstParty,
    stateDomain: id,
    timeouts: TIMEOUTS,
    ...(dialect === undefined ? {} : { dialect }),
  };
}

const at = (from: Provider, priority: number): RouteTarget => ({
  provider: from,
  priority,
  weight: 1,
  timeouts: TIMEOUTS,
});
const openai = provider('openai', 'responses', undefined, true);

function handling(wire: Wire, dialect: string | undefined, model = 'm'): Readonly<Record<string, string>> {
  const lines = describeTools({ provider: provider('p', wire, dialect), model });
  return Object.fromEntries(lines.map((line) => [line.tool, line.handling]));
}

describe('what becomes of tools', () => {
  test('OpenAI itself takes every one as it is', () => {
    expect(describeTools({ provider: openai, model: 'gpt-5.5' }).map((line) => [line.handling, line.note])).toEqual(
      Object.keys(CODEX_TOOLS).map(() => ['native', undefined]),
    );
  });

  const rows: readonly [string, Wire, string | undefined, string, Partial<Record<CodexTool, string>>][] = [
    ['Azure', 'responses', 'azure', 'm', { custom: 'native', code_mode: 'native', web_search: 'native' }],
    ['Bedrock', 'responses', 'bedrock', 'm', { custom: 'native', code_mode: 'bridged', web_search: 'dropped' }],
    ['mantle', 'responses', 'bedrock-mantle', 'm', { web_search: 'native', image_generation: 'native' }],
    [
      'xAI',
      'responses',
      'xai',
      'm',
      { function: 'native', custom: 'bridged', web_search: 'native', tool_search: 'bridged' },
    ],
    ['DeepSeek', 'responses', 'deepseek', 'm', { custom: 'native', namespace: 'bridged', code_mode: 'bridged' }],
    ['Ollama', 'responses', 'ollama', 'm', { web_search: 'dropped', view_image: 'bridged', multi_agent: 'bridged' }],
    [
      'a chat vendor',
      'chat',
      undefined,
      'm',
      { function: 'native', custom: 'bridged', view_image: 'bridged', image_generation: 'dropped' },
    ],
    ['Claude', 'messages', 'anthropic', 'claude-opus-4-5', { view_image: 'native', web_search: 'native' }],
    ['a model that cannot see', 'messages', 'minimax', 'MiniMax-M2', { view_image: 'dropped' }],
    [
      'Gemini',
      'gemini',
      undefined,
      'gemini-3-pro',
      { namespace: 'bridged', view_image: 'native', web_search: 'dropped' },
    ],
    ['an older Gemini', 'vertex', undefined, 'gemini-2.5-pro', { view_image: 'bridged' }],
    ['Converse', 'converse', undefined, 'anthropic.claude-opus-5', { custom: 'bridged', view_image: 'native' }],
  ];
  test.each(rows)('%s', (_name, wire, dialect, model, expected) => {
    expect(handling(wire, dialect, model)).toMatchObject(expected);
  });

  test('whatever is not plainly native is explained', () => {
    const targets: ToolTarget[] = RESPONSES_DIALECTS.map(({ id }) => ({
      provider: provider('p', 'responses', id),
      model: 'm',
    }));
    for (const line of targets.flatMap(describeTools)) {
      if (line.handling !== 'native') expect(line.note).toBeString();
    }
    expect(describeTools({ provider: provider('p', 'responses', 'xai'), model: 'm' })).toContainEqual(
      expect.objectContaining({ tool: 'web_search', note: expect.stringContaining('live only') }),
    );
  });
});

/** One tool of each kind, as Codex offers it. */
const OFFERS: Partial<Record<CodexTool, object>> = {
  function: { type: 'function', name: 'f' },
  custom: { type: 'custom', name: 'f' },
  namespace: { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'f' }] },
  tool_search: { type: 'tool_search', execution: 'client' },
  web_search: { type: 'web_search', external_web_access: true },
  image_generation: { type: 'image_generation' },
};

test.each(RESPONSES_DIALECTS.map(({ id }) => id))('%s: what is said is what is done', (dialect) => {
  for (const [tool, offer] of Object.entries(OFFERS)) {
    const request = readRequest({ model: 'm', input: 'hi', tools: [offer] });
    if (!request.ok) throw new Error('unreadable');
    const sanitised = sanitiseRequest(request.value, findResponsesDialect(dialect), {
      model: 'm',
      stateDomain: 'd',
      dialect,
      stream: true,
      onLength: 'continue',
      echo: 'lean',
      pseudonym: (name: string) => name,
      seed: 's',
      nowSeconds: () => 0,
      isForeign: () => false,
    });
    const said = handling('responses', dialect)[tool];
    if (!sanitised.ok) {
      expect([tool, said]).toEqual([tool, 'refused']);
      continue;
    }
    const { body, droppedTools = [] } = sanitised.value;
    const [sent] = (body['tools'] ?? []) as readonly { readonly type: string; readonly name?: string }[];
    const isSame = sent?.type === (offer as { type: string }).type && sent.name === (offer as { name?: string }).name;
    const done = droppedTools.length > 0 ? 'dropped' : isSame ? 'native' : 'bridged';
    expect([tool, said]).toEqual([tool, done]);
  }
});

describe('what a route loses', () => {
  const route = (...targets: RouteTarget[]): Route => ({
    id: 'r',
    models: ['gpt-5.5'],
    substitution: 'allow',
    effects: 'safe',
    targets,
  });
  const losses = (...targets: RouteTarget[]) =>
    findToolLosses(route(...targets), 'gpt-5.5').map(({ target, than, tools }) => [
      target.provider.id,
      than.provider.id,
      tools,
    ]);
  const chat = provider('chat', 'chat');
  const azure = provider('azure', 'responses', 'azure');

  test('a later target that is not offered what the first one has', () => {
    expect(losses(at(chat, 2), at(openai, 1), at(azure, 2))).toEqual([
      ['chat', 'openai', ['web_search', 'image_generation']],
    ]);
  });

  test('also one of the first tier itself', () => {
    expect(losses(at(openai, 1), at(chat, 1))).toHaveLength(1);
  });

  test('nothing, where the first is the weakest, or all are alike', () => {
    expect(losses(at(chat, 1), at(openai, 2))).toEqual([]);
    expect(losses(at(openai, 1), at(azure, 2))).toEqual([]);
    expect(losses()).toEqual([]);
  });
});
