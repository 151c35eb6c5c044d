import { type Answer, type BodyAnswer, type HeaderLine, jsonAnswer } from '../answer.ts';
import { chooseOutput } from '../choose-output.ts';
import { countInputTokens, countTokens } from '../count-tokens.ts';
import { isObject, type JsonObject } from '../json.ts';
import { randomAlphanumeric } from '../random.ts';
import type { ReplyOptions, Wire, WireContext, WireReply, WireRequest } from '../wire.ts';
import { COMPLAINTS, type Complaint } from './complaint.ts';
import type { MessagesVendor } from './messages-vendor.ts';
import { prepareBlocks } from './prepare-blocks.ts';
import { readConversation } from './read-conversation.ts';
import { type MessagesAnswerContext, renderBody, renderStream } from './render-answer.ts';
import { validateRequest } from './validate-request.ts';

const MODELS_WHEN_ANY_EXISTS = ['claude-opus-5', 'claude-haiku-5-5'];

/** Anthropic's Messages API, or what others made of it. */
export function createMessagesWire(vendor: MessagesVendor): Wire {
  const path = `${vendor.basePath}/messages`;
  return {
    name: 'messages',
    basePath: vendor.basePath,
    isModelCall: (method, called) => method === 'POST' && called === path,
    reply: (request, context, options) => reply(request, context, options, vendor),
  };
}

function reply(request: WireRequest, context: WireContext, options: ReplyOptions, vendor: MessagesVendor): WireReply {
  const { method, path, json, headers } = request;
  const requestId = `req_01${randomAlphanumeric(context.random, 22)}`;
  const common = commonHeaders(context, requestId);
  const refuse = ({ status, type, message }: Complaint): WireReply => {
    const answer: BodyAnswer = jsonAnswer(status, vendor.wrap(type, message, requestId), common);
    return { answer, ...modelOf(json) };
  };
  const denied = checkKey(request, context);
  if (denied !== undefined) return refuse(denied);
  if (method === 'GET' && path === `${vendor.basePath}/models`) return { answer: listModels(context, common) };
  if (method !== 'POST' || path !== `${vendor.basePath}/messages`) return refuse(COMPLAINTS.noAddress());
  const validated = validateRequest(json, {
    vendor,
    strictness: context.strictness,
    domain: context.name,
    headers,
    inputTokens: countInputTokens(request.bodyBytes),
  });
  if (validated.kind === 'invalid') return refuse(validated.complaint);
  const { body, model } = validated;
  return { ...play(body, model, requestId, common, request, context, options, vendor), model };
}

function play(
  body: JsonObject,
  model: string,
  requestId: string,
  common: readonly HeaderLine[],
  request: WireRequest,
  context: WireContext,
  { flaws, withoutOutput }: ReplyOptions,
  vendor: MessagesVendor,
): WireReply {
  const { random, name: domain } = context;
  const nowSeconds = Math.floor(context.clock.now() / 1000);
  const conversation = readConversation(body);
  const { output, ...step } = chooseOutput(conversation, context.scenario, withoutOutput);
  const blocks = prepareBlocks(output, { vendor, body, random, domain, nowSeconds, flaws });
  const answerContext: MessagesAnswerContext = {
    vendor,
    id: `msg_01${randomAlphanumeric(random, 22)}`,
    requestId,
    model,
    counts: countTokens(output, request.bodyBytes, conversation.callsAnswered),
    flaws,
  };
  if (body['stream'] !== true) {
    const json: HeaderLine = ['content-type', 'application/json'];
    return {
      answer: { kind: 'body', status: 200, headers: [json, ...common], body: renderBody(blocks, answerContext) },
      ...step,
    };
  }
  const contentType: HeaderLine = ['content-type', 'text/event-stream; charset=utf-8'];
  const stream = renderStream(blocks, answerContext);
  return { answer: { kind: 'stream', headers: [contentType, ...common], ...stream }, ...step };
}

function checkKey({ headers }: WireRequest, { key }: WireContext): Complaint | undefined {
  if (key === undefined) return undefined;
  const given = headers['x-api-key'] ?? /^bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  if (given === undefined) return COMPLAINTS.noKey();
  return given === key ? undefined : COMPLAINTS.wrongKey();
}

function listModels(context: WireContext, common: readonly HeaderLine[]): Answer {
  const models = context.strictness.models ?? MODELS_WHEN_ANY_EXISTS;
  const data = models.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-06-01T00:00:00Z' }));
  return jsonAnswer(
    200,
    { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null },
    common,
  );
}

function commonHeaders({ random, clock, name }: WireContext, requestId: string): readonly HeaderLine[] {
  const nowMs = clock.now();
  const reset = new Date(nowMs + 1000).toISOString();
  const limits = (kind: string, limit: number): readonly HeaderLine[] => [
    [`anthropic-ratelimit-${kind}-limit`, String(limit)],
    [`anthropic-ratelimit-${kind}-remaining`, String(limit - Math.floor(random() * 1000))],
    [`anthropic-ratelimit-${kind}-reset`, reset],
  ];
  return [
    ['date', new Date(nowMs).toUTCString()],
    ['server', 'cloudflare'],
    ['request-id', requestId],
    ['anthropic-organization-id', `org-${name.replaceAll(/[^a-zA-Z0-9-]/g, '-')}`],
    ...limits('requests', 4_000),
    ...limits('input-tokens', 2_000_000),
    ...limits('output-tokens', 400_000),
    ...limits('tokens', 2_400_000),
  ];
}

function modelOf(json: unknown): { readonly model?: string } {
  const model = isObject(json) ? json['model'] : undefined;
  return typeof model === 'string' ? { model } : {};
}
