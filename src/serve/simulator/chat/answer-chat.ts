import { type Answer, type BodyAnswer, type HeaderLine, jsonAnswer } from '../answer.ts';
import { chooseOutput } from '../choose-output.ts';
import { countInputTokens, countTokens } from '../count-tokens.ts';
import { isObject, type JsonObject } from '../json.ts';
import { randomAlphanumeric, randomHex } from '../random.ts';
import type { ReplyOptions, Wire, WireContext, WireReply, WireRequest } from '../wire.ts';
import type { ChatVendor } from './chat-vendor.ts';
import { prepareParts } from './prepare-parts.ts';
import { readConversation } from './read-conversation.ts';
import { COMMON_WORDINGS, type Refusal } from './refusal.ts';
import { type ChatAnswerContext, renderBody, renderStream } from './render-answer.ts';
import { validateRequest } from './validate-request.ts';

/** Chat Completions as one vendor speaks them. */
export function createChatWire(vendor: ChatVendor): Wire {
  const path = `${vendor.basePath}/chat/completions`;
  return {
    name: 'chat',
    basePath: vendor.basePath,
    isModelCall: (method, called) => method === 'POST' && called === path,
    reply: (request, context, options) => reply(request, context, options, vendor),
  };
}

function reply(request: WireRequest, context: WireContext, options: ReplyOptions, vendor: ChatVendor): WireReply {
  const { method, path, json } = request;
  const refuse = (refusal: Refusal): WireReply => ({
    answer: renderRefusal(refusal, context, vendor),
    ...modelOf(json),
  });
  const denied = checkKey(request, context);
  if (denied !== undefined) return refuse(denied);
  if (method === 'GET' && path === `${vendor.basePath}/models`) return { answer: listModels(context, vendor) };
  if (method !== 'POST' || path !== `${vendor.basePath}/chat/completions`) {
    return refuse({ kind: 'no-address', name: `${method} ${path}` });
  }
  const validated = validateRequest(json, {
    vendor,
    strictness: context.strictness,
    domain: context.name,
    inputTokens: countInputTokens(request.bodyBytes),
  });
  if (validated.kind === 'invalid') return refuse(validated.refusal);
  return { ...play(validated.body, validated.model, request, context, options, vendor), model: validated.model };
}

function play(
  body: JsonObject,
  model: string,
  request: WireRequest,
  context: WireContext,
  options: ReplyOptions,
  vendor: ChatVendor,
): WireReply {
  const { random, name: domain } = context;
  const { flaws } = options;
  const conversation = readConversation(body);
  const { output, ...step } = chooseOutput(conversation, context.scenario, options.withoutOutput);
  const parts = prepareParts(output, { vendor, body, random, callsMade: conversation.callsMade, flaws });
  const streamOptions = body['stream_options'];
  const answerContext: ChatAnswerContext = {
    vendor,
    speech: vendor.speech,
    reasoning: vendor.speech.reasoning(body),
    flaws,
    domain,
    nowSeconds: Math.floor(context.clock.now() / 1000),
    id: `chatcmpl-${randomAlphanumeric(random, 29)}`,
    model,
    counts: countTokens(output, request.bodyBytes, conversation.callsAnswered),
    asksForUsage: isObject(streamOptions) && streamOptions['include_usage'] === true,
  };
  const headers = commonHeaders(context, vendor);
  if (body['stream'] !== true) {
    const json: HeaderLine = ['content-type', 'application/json'];
    return {
      answer: { kind: 'body', status: 200, headers: [json, ...headers], body: renderBody(parts, answerContext) },
      ...step,
    };
  }
  const contentType: HeaderLine = ['content-type', 'text/event-stream; charset=utf-8'];
  const stream = renderStream(parts, answerContext);
  return { answer: { kind: 'stream', headers: [contentType, ...headers], ...stream }, ...step };
}

function checkKey({ headers }: WireRequest, { key }: WireContext): Refusal | undefined {
  if (key === undefined) return undefined;
  const given = /^bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  if (given === undefined) return { kind: 'no-key' };
  return given === key ? undefined : { kind: 'wrong-key' };
}

function renderRefusal(refusal: Refusal, context: WireContext, vendor: ChatVendor): BodyAnswer {
  const complaint = (vendor.wordings[refusal.kind] ?? COMMON_WORDINGS[refusal.kind])(refusal);
  const body = vendor.shape(complaint, randomHex(context.random, 32));
  return jsonAnswer(complaint.status, body, commonHeaders(context, vendor));
}

function listModels(context: WireContext, vendor: ChatVendor): Answer {
  const models = context.strictness.models ?? [`${vendor.id}-model`];
  const data = models.map((id) => ({ id, object: 'model', created: 1_780_000_000, owned_by: vendor.id }));
  return jsonAnswer(200, { object: 'list', data }, commonHeaders(context, vendor));
}

function commonHeaders({ random, clock }: WireContext, vendor: ChatVendor): readonly HeaderLine[] {
  const nowMs = clock.now();
  return [['date', new Date(nowMs).toUTCString()], ...vendor.headers(random, nowMs)];
}

function modelOf(json: unknown): { readonly model?: string } {
  const model = isObject(json) ? json['model'] : undefined;
  return typeof model === 'string' ? { model } : {};
}
