import { type Answer, type BodyAnswer, type HeaderLine, jsonAnswer } from '../answer.ts';
import { chooseOutput } from '../choose-output.ts';
import { countInputTokens, countTokens } from '../count-tokens.ts';
import type { JsonObject } from '../json.ts';
import { randomHex } from '../random.ts';
import type { ReplyOptions, Wire, WireContext, WireReply, WireRequest } from '../wire.ts';
import { OPENAI_ERRORS, type OpenAiError } from './openai-errors.ts';
import { readConversation } from './read-conversation.ts';
import { prepareItem } from './render-item.ts';
import { createResponseRenderer, type ResponseState } from './render-response.ts';
import { renderStream } from './render-stream.ts';
import type { ResponsesVendor } from './responses-vendor.ts';
import { validateRequest } from './validate-request.ts';

const MODELS_WHEN_ANY_EXISTS = ['gpt-5.5', 'gpt-6.1-sol'];

/** The Responses API as one vendor speaks it. */
export function createResponsesWire(vendor: ResponsesVendor): Wire {
  const path = `${vendor.basePath}/responses`;
  return {
    name: 'responses',
    basePath: vendor.basePath,
    isModelCall: (method, called) => method === 'POST' && called === path,
    reply: (request, context, options) => reply(request, context, options, vendor),
  };
}

function reply(request: WireRequest, context: WireContext, options: ReplyOptions, vendor: ResponsesVendor): WireReply {
  const denied = checkKey(request, context) ?? checkAddress(request, vendor);
  if (denied !== undefined) return { answer: refuse(denied, context, vendor) };
  if (request.path === `${vendor.basePath}/models`) return { answer: listModels(context, vendor) };
  if (request.method === 'HEAD') {
    return { answer: { kind: 'body', status: 200, headers: commonHeaders(context, vendor), body: '' } };
  }
  const validated = validateRequest(request.json, {
    vendor,
    strictness: context.strictness,
    domain: context.name,
    headers: request.headers,
    inputTokens: countInputTokens(request.bodyBytes),
  });
  if (validated.kind === 'invalid') {
    return { answer: refuse(validated.error, context, vendor), ...modelOf(request.json) };
  }
  return { ...play(validated.body, validated.model, request, context, options, vendor), model: validated.model };
}

function refuse(error: OpenAiError, context: WireContext, vendor: ResponsesVendor): BodyAnswer {
  const headers = commonHeaders(context, vendor);
  return jsonAnswer(error.status, vendor.shape(error, randomHex(context.random, 32)), headers);
}

function checkKey(request: WireRequest, context: WireContext): OpenAiError | undefined {
  if (context.key === undefined) return undefined;
  const given = /^bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? request.headers['api-key'];
  if (given === undefined) return OPENAI_ERRORS.noKey();
  return given === context.key ? undefined : OPENAI_ERRORS.wrongKey();
}

function checkAddress({ method, path }: WireRequest, { basePath }: ResponsesVendor): OpenAiError | undefined {
  if (path === `${basePath}/responses`) {
    return method === 'POST' || method === 'HEAD' ? undefined : OPENAI_ERRORS.wrongMethod(method, path);
  }
  if (path === `${basePath}/models`) {
    return method === 'GET' || method === 'HEAD' ? undefined : OPENAI_ERRORS.wrongMethod(method, path);
  }
  return OPENAI_ERRORS.noAddress(method, path);
}

function listModels(context: WireContext, vendor: ResponsesVendor): Answer {
  const models = context.strictness.models ?? MODELS_WHEN_ANY_EXISTS;
  const data = models.map((id) => ({ id, object: 'model', created: 1_780_000_000, owned_by: 'system' }));
  return jsonAnswer(200, { object: 'list', data }, commonHeaders(context, vendor));
}

function play(
  body: JsonObject,
  model: string,
  request: WireRequest,
  context: WireContext,
  options: ReplyOptions,
  vendor: ResponsesVendor,
): WireReply {
  const { random } = context;
  const nowSeconds = Math.floor(context.clock.now() / 1000);
  const conversation = readConversation(body);
  const { output, ...step } = chooseOutput(conversation, context.scenario, options.withoutOutput);
  const includeState = Array.isArray(body['include']) && body['include'].includes('reasoning.encrypted_content');
  const itemContext = { random, domain: context.name, nowSeconds, includeState, reasoning: vendor.reasoning };
  const items = output.map((item) => prepareItem(item, itemContext));
  const usage = countTokens(output, request.bodyBytes, conversation.callsAnswered);
  const identity = { id: `resp_${randomHex(random, 50)}`, model, createdAtSeconds: nowSeconds };
  const renderResponse = createResponseRenderer(identity, context.extras.echo === false ? {} : body);
  const headers = [...commonHeaders(context, vendor), ...modelHeaders(model, request, context)];
  if (body['stream'] !== true) {
    const state: ResponseState = { status: 'completed', output: items.map((item) => item.finished), usage };
    const json: HeaderLine = ['content-type', 'application/json'];
    return { answer: { kind: 'body', status: 200, headers: [json, ...headers], body: renderResponse(state) }, ...step };
  }
  const streamOptions = body['stream_options'] as JsonObject | null | undefined;
  const obfuscation = streamOptions?.['include_obfuscation'] === false ? undefined : random;
  const stream = renderStream({ items, usage, renderResponse, obfuscation });
  const contentType: HeaderLine = ['content-type', 'text/event-stream; charset=utf-8'];
  return { answer: { kind: 'stream', headers: [contentType, ...headers], ...stream }, ...step };
}

const commonHeaders = ({ random, clock, name }: WireContext, vendor: ResponsesVendor): readonly HeaderLine[] => [
  ['date', new Date(clock.now()).toUTCString()],
  ...vendor.headers(random, clock.now(), name),
];

function modelHeaders(model: string, request: WireRequest, { extras, random }: WireContext): readonly HeaderLine[] {
  const headers: HeaderLine[] = [['openai-model', extras.servedModel ?? model]];
  if (extras.turnState === true) {
    const given = request.headers['x-codex-turn-state'];
    headers.push(['x-codex-turn-state', given ?? randomHex(random, 32)]);
  }
  return headers;
}

function modelOf(json: unknown): { readonly model?: string } {
  const model = (json as JsonObject | null | undefined)?.['model'];
  return typeof model === 'string' ? { model } : {};
}
