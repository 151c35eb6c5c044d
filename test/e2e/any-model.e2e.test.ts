import { describe, expect, test } from 'bun:test';
import type { Credentials } from '../../src/core/ports.ts';
import { dialectsOf } from '../../src/decide/wire/dialect-names.ts';
import { DIALECTS } from '../../src/serve/simulator/create-wire.ts';
import { type Simulator, startSimulator } from '../../src/serve/simulator/simulator.ts';
import { startWalk, type WalkGateway } from '../walk/start-walk.ts';
import { expectFullTaskDone, FULL_TASK, foreignStateAt, playFullTask, refusedBy, sawLookup } from './play-task.ts';

interface TargetUnderTest {
  readonly wire: 'chat' | 'messages' | 'gemini' | 'vertex' | 'converse';
  /** The simulator's; a provider is told of it only on wires that have dialects. */
  readonly dialect: string;
  readonly model: string;
  /** The model's own thoughts come back to it. */
  readonly echoes: boolean;
}

const chat = (dialect: string, model: string, echoes: boolean): TargetUnderTest => ({
  wire: 'chat',
  dialect,
  model,
  echoes,
});
const messages = (dialect: string, model: string, echoes: boolean): TargetUnderTest => ({
  wire: 'messages',
  dialect,
  model,
  echoes,
});

const gemini = (model: string): TargetUnderTest => ({ wire: 'gemini', dialect: 'google', model, echoes: true });
const vertex = (model: string): TargetUnderTest => ({ wire: 'vertex', dialect: 'vertex', model, echoes: true });
const converse = (model: string, echoes: boolean): TargetUnderTest => ({
  wire: 'converse',
  dialect: 'bedrock',
  model,
  echoes,
});

const TARGETS: readonly TargetUnderTest[] = [
  chat('generic', 'some-model', false),
  chat('openai', 'gpt-5.5', false),
  chat('deepseek', 'deepseek-v4', true),
  chat('dashscope', 'qwen3-max', false),
  chat('minimax', 'MiniMax-M3', true),
  chat('moonshot', 'kimi-k3', true),
  chat('zai', 'glm-5.2', true),
  chat('mistral', 'mistral-medium-latest', true),
  chat('groq', 'openai/gpt-oss-120b', false),
  chat('xai', 'grok-4', false),
  chat('openrouter', 'anthropic/claude-opus-5', true),
  chat('vllm', 'qwen3-coder', true),
  chat('sglang', 'qwen3-coder', true),
  chat('llamacpp', 'gpt-oss-20b', true),
  chat('lmstudio', 'qwen3-coder-30b', false),
  chat('ollama', 'gpt-oss:20b', true),
  messages('anthropic', 'claude-opus-5', true),
  messages('anthropic', 'claude-fable-5-1', true),
  messages('anthropic', 'claude-sonnet-4-5', true),
  messages('generic', 'some-model', true),
  messages('deepseek', 'deepseek-v4', true),
  messages('minimax', 'MiniMax-M3', true),
  messages('moonshot', 'kimi-k3', true),
  gemini('gemini-3-pro'),
  gemini('gemini-2.5-flash'),
  vertex('gemini-3-pro'),
  converse('eu.anthropic.claude-opus-5-v1:0', true),
  converse('anthropic.claude-sonnet-4-5-v1:0', true),
  // Its thoughts are not signed, and Bedrock takes no others back.
  converse('openai.gpt-oss-120b-1:0', false),
];

const CLIENTS = [
  { client: 'its default model, in code mode', codexModel: undefined },
  { client: 'gpt-5.5, with classic tools', codexModel: 'gpt-5.5' },
  { client: 'a model that it does not know', codexModel: 'some-new-model' },
] as const;

/** As `gcloud auth print-access-token` prints one. */
const TOKEN = 'ya29.a0AfB_byC';
const TOKEN_SOURCE: Credentials = { obtain: async () => ({ reveal: () => TOKEN }), invalidate: () => false };

const CASES = TARGETS.flatMap((target) => CLIENTS.map((client) => ({ ...target, ...client })));

function routeTo(simulator: Simulator, { wire, dialect, model }: TargetUnderTest): string {
  return `
[server]
listen = "127.0.0.1:0"

[providers.only]
wire = "${wire}"
${wire === 'chat' || wire === 'messages' ? `dialect = "${dialect}"` : ''}
base_url = "${simulator.url}"
${wire === 'vertex' ? 'key = { command = "gcloud" }' : 'key = "none"'}

[[routes]]
id = "everything"
models = ["*"]
  [[routes.targets]]
  provider = "only"
  model = "${model}"
`;
}

test.each(['chat', 'messages'] as const)('every dialect of the wire %s has its row', (wire) => {
  const tested = new Set(TARGETS.filter((target) => target.wire === wire).map(({ dialect }) => dialect));
  expect(dialectsOf(wire).filter((dialect) => !tested.has(dialect))).toEqual([]);
  expect(DIALECTS[wire].filter((dialect) => !tested.has(dialect))).toEqual([]);
});

describe.concurrent('Codex on any model', () => {
  test.each(CASES)(
    'with $client: $model over $wire as $dialect speaks them',
    async (target) => {
      const { wire, dialect, echoes, codexModel } = target;
      const simulator = await startSimulator({
        wire: wire === 'vertex' ? 'gemini' : wire,
        dialect,
        scenario: FULL_TASK,
        ...(wire === 'vertex' ? { key: TOKEN } : {}),
      });
      const walk = startWalk(routeTo(simulator, target), wire === 'vertex' ? { credentials: TOKEN_SOURCE } : {});
      try {
        const played = await playFullTask(walk, codexModel);
        expect(refusedBy(simulator)).toEqual([]);
        expectFullTaskDone(played);
        expect(sawLookup(simulator.requests)).toBe(true);
        expect(foreignStateAt(simulator)).toEqual([]);
        expect(attemptsOf(walk)).toEqual(simulator.requests.map(() => 'ok'));
        const last = Buffer.from(simulator.requests.at(-1)?.bytes ?? []).toString();
        const thoughts = ['one', 'two', 'three', 'four', 'five'].filter((word) => last.includes(`Thought ${word}:`));
        expect(thoughts.length).toBe(echoes ? 5 : 0);
      } finally {
        await walk.stop();
        await simulator.stop();
      }
    },
    900_000,
  );
});

describe.concurrent('Codex on a model whose thinking is bound to everything that was before it', () => {
  test.each([
    // A search adds tools to what stood before every thought: then these are left out, once.
    { ...CLIENTS[1], refusals: 1 },
    { ...CLIENTS[0], refusals: 0 },
  ])(
    'with $client: what went before never changes but for a tool that is found',
    async ({ codexModel, refusals }) => {
      const simulator = await startSimulator({
        wire: 'messages',
        scenario: FULL_TASK,
        strict: { bindsThinking: true },
      });
      const target = messages('anthropic', 'claude-opus-5', true);
      const walk = startWalk(routeTo(simulator, target));
      try {
        expectFullTaskDone(await playFullTask(walk, codexModel));
        expect(refusedBy(simulator).length).toBe(refusals);
      } finally {
        await walk.stop();
        await simulator.stop();
      }
    },
    900_000,
  );
});

/** One attempt each, all of them good. */
const attemptsOf = (walk: WalkGateway): readonly string[] =>
  walk.exchanges.flatMap((exchange) => exchange.attempts.map((attempt) => attempt.outcome));
