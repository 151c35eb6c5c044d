import type { Settings } from '../../core/settings.ts';
import type { Provider, RouteTarget } from '../../core/target.ts';
import type { Gateway } from '../gateway/create-gateway.ts';
import { askLoopback, type LoopbackAnswer } from '../http/ask-loopback.ts';

export interface ProbeRequest {
  readonly provider: Provider;
  /** The model name that the provider knows. */
  readonly model: string;
  /** Ask it to call a tool, which a session of Codex cannot do without. */
  readonly needsToolCall: boolean;
  readonly timeoutMs: number;
}

export type ProbeOutcome =
  | { readonly kind: 'answered'; readonly durationMs: number; readonly calledTool: boolean }
  | { readonly kind: 'failed'; readonly durationMs: number; readonly reason: string };

export interface ProbeDeps {
  /** A gateway of these settings on a free port of this machine, for this one question. */
  readonly start: (settings: Settings, key: string) => Promise<Gateway>;
  /** Monotonic, ms. */
  readonly monotonic: () => number;
  readonly newId: () => string;
}

const TOOL = 'report_ready';
const MODEL = 'holdfast-probe';

/**
 * Asks one target a minimal question on the way that a real request takes: the same walk, lanes and codecs, with this
 * target alone and without any second attempt. Costs some tokens.
 */
export async function probeTarget(request: ProbeRequest, base: Settings, deps: ProbeDeps): Promise<ProbeOutcome> {
  const startedMs = deps.monotonic();
  const key = deps.newId();
  const gateway = await deps.start(probeSettings(request, base), key);
  try {
    const outcome = await ask(gateway.url, key, request);
    return { ...outcome, durationMs: Math.round(deps.monotonic() - startedMs) };
  } finally {
    await gateway.stop(0);
  }
}

function probeSettings({ provider, model, timeoutMs }: ProbeRequest, base: Settings): Settings {
  const timeouts = { ...provider.timeouts, totalMs: Math.min(provider.timeouts.totalMs, timeoutMs) };
  const patient = { ...provider, timeouts };
  const target: RouteTarget = { provider: patient, model, sameModel: true, priority: 1, weight: 1, timeouts };
  const { key, ...server } = base.server;
  return {
    ...base,
    server: { ...server, hostname: '127.0.0.1', port: 0 },
    ledger: { ...base.ledger, enabled: false },
    retry: { ...base.retry, budgetRatio: 0, budgetBurst: 0, sameTarget: 0, hedgeAfterMs: 0 },
    providers: new Map([[provider.id, patient]]),
    routes: [{ id: 'probe', models: [MODEL], substitution: 'allow', effects: 'safe', targets: [target] }],
  };
}

type Asked =
  | { readonly kind: 'answered'; readonly calledTool: boolean }
  | { readonly kind: 'failed'; readonly reason: string };

async function ask(url: string, key: string, request: ProbeRequest): Promise<Asked> {
  let answer: LoopbackAnswer;
  try {
    answer = await askLoopback(`${url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(question(request.needsToolCall)),
      timeoutMs: request.timeoutMs,
    });
  } catch {
    return { kind: 'failed', reason: `no answer within ${request.timeoutMs / 1000} s` };
  }
  const { status, text } = answer;
  const events = text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [readObject(line.slice(6))] : []));
  const last = events.findLast((event) => typeof event['type'] === 'string' && event['type'].startsWith('response.'));
  if (status !== 200 || last?.['type'] !== 'response.completed') {
    const error = status === 200 ? readObject(last?.['response'])['error'] : readObject(text)['error'];
    return { kind: 'failed', reason: readReason(readObject(error)['message'], status) };
  }
  const calledTool = events.some((event) => {
    const item = readObject(event['item']);
    return event['type'] === 'response.output_item.done' && item['type'] === 'function_call' && item['name'] === TOOL;
  });
  return { kind: 'answered', calledTool };
}

/** Shaped like what Codex sends, and as small as such a request can be. */
function question(needsToolCall: boolean): object {
  const text = needsToolCall
    ? `Call the tool ${TOOL} with ready set to true. Write nothing else.`
    : 'Answer with: ready';
  return {
    model: MODEL,
    stream: true,
    store: false,
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }],
    ...(needsToolCall ? { tools: [reportTool], tool_choice: 'auto', parallel_tool_calls: false } : {}),
  };
}

const reportTool = {
  type: 'function',
  name: TOOL,
  description: 'Reports that you are ready.',
  strict: false,
  parameters: {
    type: 'object',
    properties: { ready: { type: 'boolean' } },
    required: ['ready'],
    additionalProperties: false,
  },
};

/** The gateway's own words, without what is only about the probe. */
function readReason(message: unknown, status: number): string {
  if (typeof message !== 'string') return `status ${status}`;
  return message
    .replace(/^Holdfast: no target could answer for \S+\s/, '')
    .replace(/ See "holdfast explain[^"]*"\.$/, '')
    .replace(/^\S+\/\S+: /, '')
    .replace(/\.$/, '');
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'string') {
    try {
      return readObject(JSON.parse(value));
    } catch {
      return {};
    }
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
