import { createSeededText, type SeededText } from './seeded-text.ts';

/** A request as Codex sends it: the fields in its order, the sizes of its parts, text of our own. */
export interface CodexRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface CodexRequestOptions {
  readonly model: string;
  /** The body is brought to exactly this size. */
  readonly bodyBytes: number;
  /** Codex always sends it; without, a body needs no change towards any provider. */
  readonly hasClientMetadata: boolean;
}

type Json = Record<string, unknown>;

/** What the parts take in the first request of a session: about 38 kB in total. */
const BASE_PROMPT_CHARACTERS = 20_500;
const ENVIRONMENT_CHARACTERS = 1_600;
const STEP_OUTPUT_CHARACTERS = 2_400;
const ENCRYPTED_CHARACTERS = 1_400;

export function createCodexRequest({ model, bodyBytes, hasClientMetadata }: CodexRequestOptions): CodexRequest {
  const text = createSeededText(0x5eed);
  const threadId = uuid(text);
  const turnId = uuid(text);
  const metadata = renderTurnMetadata(text, threadId, turnId, model);
  const head = {
    model,
    stream: true,
    input: [
      message('developer', [text.prose(BASE_PROMPT_CHARACTERS)], text),
      message(
        'developer',
        [1, 2, 3].map(() => text.prose(ENVIRONMENT_CHARACTERS)),
        text,
      ),
      message('user', [text.prose(360)], text),
      message('user', ['Make the failing test pass.'], text),
    ] as Json[],
    tools: createTools(text),
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: { effort: 'medium' },
    store: false,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: threadId,
    text: { verbosity: 'low' },
    ...(hasClientMetadata ? { client_metadata: renderClientMetadata(text, threadId, turnId, metadata) } : {}),
  };
  const size = (): number => Buffer.byteLength(JSON.stringify(head));
  // Later requests of a session repeat everything that was said and done.
  const stepBytes = 5_000;
  while (size() + stepBytes < bodyBytes) head.input.push(...createStep(text));
  const padding = bodyBytes - size() - Buffer.byteLength(JSON.stringify(message('user', [''], text))) - 1;
  if (padding > 0) head.input.push(message('user', [text.hex(padding)], text));
  return { headers: renderHeaders(threadId, metadata), body: Buffer.from(JSON.stringify(head)) };
}

function message(role: string, texts: readonly string[], text: SeededText): Json {
  const content = texts.map((one) => ({ type: 'input_text', text: one }));
  return { type: 'message', id: `msg_${uuid(text)}`, role, content };
}

/** One round of thinking, calling a tool and reading what it printed. */
function createStep(text: SeededText): readonly Json[] {
  const callId = `call_${text.hex(24)}`;
  return [
    {
      type: 'reasoning',
      id: `rs_${text.hex(48)}`,
      summary: [{ type: 'summary_text', text: text.prose(160) }],
      content: null,
      encrypted_content: `gAAAAA${text.base64(ENCRYPTED_CHARACTERS)}`,
    },
    {
      type: 'function_call',
      status: 'completed',
      id: `fc_${text.hex(48)}`,
      name: 'exec_command',
      arguments: JSON.stringify({ cmd: `sed -n '1,80p' src/${text.word()}.ts && git diff --stat` }),
      call_id: callId,
    },
    {
      type: 'function_call_output',
      id: `fco_${uuid(text)}`,
      call_id: callId,
      output: `Process exited with code 0\nOutput:\n${text.code(STEP_OUTPUT_CHARACTERS)}`,
    },
  ];
}

/** Ten tools whose schemas take about 9 kB. */
function createTools(text: SeededText): readonly Json[] {
  const parameter = (): Json => ({ type: 'string', description: text.prose(90) });
  const tool = (name: string, parameters: number): Json => ({
    type: 'function',
    name,
    description: text.prose(220),
    strict: false,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: parameters }, (_, index) => [`field_${index}`, parameter()])),
      required: ['field_0'],
      additionalProperties: false,
    },
  });
  const custom = {
    type: 'custom',
    name: 'apply_patch',
    description: text.prose(260),
    format: { type: 'grammar', syntax: 'lark', definition: text.code(380) },
  };
  return [
    ...['exec_command', 'write_stdin', 'ask', 'plan', 'view', 'goal', 'search', 'fetch'].map((name) => tool(name, 5)),
    custom,
    { type: 'web_search' },
  ];
}

function renderTurnMetadata(text: SeededText, threadId: string, turnId: string, model: string): string {
  return JSON.stringify({
    installation_id: uuid(text),
    session_id: threadId,
    thread_id: threadId,
    agent_name: '/agent',
    turn_id: turnId,
    window_id: `${threadId}:0`,
    window_number: 0,
    request_kind: 'turn',
    root_turn_id: turnId,
    thread_source: 'user',
    sandbox: 'none',
    sandbox_mode: 'workspace-write',
    workspaces: { '/workspace/project': { latest_git_commit_hash: text.hex(40), has_changes: true } },
    turn_started_at_unix_ms: 1_795_000_000_000,
    model,
    reasoning_effort: 'medium',
  });
}

function renderClientMetadata(text: SeededText, threadId: string, turnId: string, metadata: string): Json {
  return {
    'x-codex-window-id': `${threadId}:0`,
    thread_id: threadId,
    root_turn_id: turnId,
    'x-codex-turn-metadata': metadata,
    'x-codex-installation-id': uuid(text),
    session_id: threadId,
    turn_id: turnId,
  };
}

function renderHeaders(threadId: string, metadata: string): Readonly<Record<string, string>> {
  return {
    'x-codex-beta-features': 'remote_compaction_v2',
    'x-codex-window-id': `${threadId}:0`,
    'x-codex-turn-metadata': metadata,
    'x-client-request-id': threadId,
    'session-id': threadId,
    'thread-id': threadId,
    accept: 'text/event-stream',
    'content-type': 'application/json',
    originator: 'codex_exec',
    'user-agent': 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)',
  };
}

const uuid = (text: SeededText): string =>
  `${text.hex(8)}-${text.hex(4)}-7${text.hex(3)}-8${text.hex(3)}-${text.hex(12)}`;
