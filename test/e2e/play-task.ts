import { expect } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedRequest } from '../../src/serve/simulator/recorded-request.ts';
import type { Scenario } from '../../src/serve/simulator/scenario.ts';
import type { Simulator } from '../../src/serve/simulator/simulator.ts';
import { openState } from '../../src/serve/simulator/state-blob.ts';
import { GATEWAY_KEY, type WalkGateway } from '../walk/start-walk.ts';
import { type CodexRun, lastMessage, runCodex } from './run-codex.ts';

/** A task of two prompts with every kind of tool that Codex has for it. Whatever runs twice leaves a line too many. */
export const FULL_TASK: Scenario = {
  name: 'full-task',
  summary: 'a command, an MCP tool, a patch, an answer; then a second prompt',
  turns: [
    [
      [
        { kind: 'think', summary: 'Thought one: the log line goes first.' },
        { kind: 'say', text: 'I begin with the log.', phase: 'commentary' },
        { kind: 'shell', command: "echo 'first line' >> task.log && echo '# Notes' > notes.md" },
      ],
      [
        { kind: 'think', summary: 'Thought two: somebody has to be asked.' },
        { kind: 'mcp', server: 'demo', tool: 'lookup', arguments: { query: 'the answer' } },
      ],
      [
        { kind: 'think', summary: 'Thought three: the notes need a line.' },
        {
          kind: 'patch',
          patch: '*** Begin Patch\n*** Update File: notes.md\n@@\n # Notes\n+Patched in.\n*** End Patch\n',
        },
      ],
      [
        { kind: 'think', summary: 'Thought four: it is all there.' },
        { kind: 'say', text: 'The first prompt is done.', phase: 'final_answer' },
      ],
    ],
    [
      [
        { kind: 'think', summary: 'Thought five: one line more.' },
        { kind: 'shell', command: "echo 'second line' >> task.log" },
      ],
      [{ kind: 'say', text: 'The second prompt is done.', phase: 'final_answer' }],
    ],
  ],
};

const EXPECTED_LOG = 'first line\nsecond line\n';
const EXPECTED_NOTES = '# Notes\nPatched in.\n';
/** At most so many Codex processes at a time. The time of a test counts while it waits for its turn. */
const MOST_AT_ONCE = 2;

const waiting: (() => void)[] = [];
let running = 0;

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

export interface Played {
  readonly runs: readonly [first: CodexRun, resumed: CodexRun];
  readonly log: string;
  readonly notes: string;
}

/** Runs both prompts in one thread with the real Codex behind a gateway. */
export function playFullTask(walk: WalkGateway, model: string | undefined): Promise<Played> {
  return inTurn(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-task-'));
    const codexHome = await mkdtemp(join(tmpdir(), 'holdfast-codex-'));
    try {
      const options = {
        cwd: folder,
        codexHome,
        baseUrl: walk.baseUrl,
        key: GATEWAY_KEY,
        extraArgs: MCP_SERVER,
        ...(model === undefined ? {} : { model }),
      };
      const first = await runCodex({ ...options, prompt: 'Do the task.' });
      const thread = String(first.jsonEvents.find((event) => event.type === 'thread.started')?.['thread_id']);
      const prompt = 'Now the second part.';
      const resumed = await runCodex({ ...options, prompt, command: ['exec', 'resume', thread, prompt] });
      const read = (file: string): Promise<string> =>
        readFile(join(folder, file), 'utf8').catch(() => '(no such file)');
      return { runs: [first, resumed], log: await read('task.log'), notes: await read('notes.md') };
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rm(codexHome, { recursive: true, force: true });
    }
  });
}

const MCP_SERVER: readonly string[] = [
  '-c',
  `mcp_servers.demo.command=${JSON.stringify(process.execPath)}`,
  '-c',
  `mcp_servers.demo.args=${JSON.stringify([join(import.meta.dir, 'mcp-server.ts')])}`,
];

/** Both prompts are done, every tool ran once, and the user saw nothing of what went on behind. */
export function expectFullTaskDone({ runs, log, notes }: Played): void {
  const shown = runs.map((run) => ({
    exitCode: run.exitCode,
    stderr: run.exitCode === 0 ? '' : run.stderr.slice(-2000),
    message: lastMessage(run),
    retries: run.stdout.includes('Reconnecting'),
  }));
  expect(shown).toEqual([
    { exitCode: 0, stderr: '', message: 'The first prompt is done.', retries: false },
    { exitCode: 0, stderr: '', message: 'The second prompt is done.', retries: false },
  ]);
  expect({ log, notes }).toEqual({ log: EXPECTED_LOG, notes: EXPECTED_NOTES });
}

const textOf = (request: RecordedRequest): string => Buffer.from(request.bytes).toString();

/** What the MCP server answered was read by a model. */
export function sawLookup(requests: readonly RecordedRequest[]): boolean {
  return requests.some((request) => /found \{[\\"]+query/.test(textOf(request)));
}

/** Model calls that were refused, with what was sent. */
export const refusedBy = (simulator: Simulator): readonly string[] =>
  simulator.requests
    .filter((request) => request.method === 'POST' && request.faults.length === 0 && request.status !== 200)
    .map((request) => `${request.status} ${textOf(request).slice(-3000)}`);

/** Opaque state in the requests that this simulator did not issue, and envelopes of the gateway's own. */
export function foreignStateAt(simulator: Simulator): readonly string[] {
  return simulator.requests.flatMap((request) => {
    const text = textOf(request);
    const issuers = [...text.matchAll(/gAAAA[\w-]{60,}/g)].map(([blob]) => openState(blob)?.domain ?? 'nobody');
    const foreign = issuers.filter((issuer) => issuer !== simulator.name).map((issuer) => `state of ${issuer}`);
    return /\bhf1_metadata/.test(text) ? [...foreign, 'an envelope'] : foreign;
  });
}
