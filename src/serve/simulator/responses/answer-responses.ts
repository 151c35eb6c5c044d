import { type Answer, type HeaderLine, jsonAnswer } from '../answer.ts';
import { chooseOutput } from '../choose-output.ts';
import { countInputTokens, countTokens } from '../count-tokens.ts';
import type { JsonObject } from '../json.ts';
import { randomHex } from '../random.ts';
import type { ReplyOptions, Wire, WireContext, WireReply, WireRequest } from '../wire.ts';
import { OPENAI_ERRORS, type OpenAiError, openAiErrorAnswer } from './openai-errors.ts';
import { readConversation } from './read-conversation.ts';
import { prepareItem } from './render-item.ts';
import { createResponseRenderer, type ResponseState } from './render-response.ts';
import { renderStream } from './render-stream.ts';
import { validateRequest } from './validate-request.ts';

const BASE = '/v1';
const MODELS_WHEN_ANY_EXISTS = ['gpt-5.5', 'gpt-6.1-sol'];

/** OpenAI's Responses API. */
export const RESPONSES_WIRE: Wire = {
  name: 'responses',
  basePath: BASE,
  isModelCall: (method, path) => method === 'POST' && path === `${BASE}/responses`,
  reply,
};

function reply(request: WireRequest, context: WireContext, options: ReplyOptions): WireReply {
  const denied = checkKey(request, context) ?? checkAddress(request);
  if (denied !== undefined) return { answer: openAiErrorAnswer(denied, commonHeaders(context)) };
  if (request.path === `${BASE}/models`) return { answer: listModels(context) };
  if (request.method === 'HEAD') {
    return { answer: { kind: 'body', status: 200, headers: commonHeaders(context), body: '' } };
  }
  const validated = validateRequest(
    request.json,
    context.strictness,
    context.name,
    countInputTokens(request.bodyBytes),
  );
  if (validated.kind === 'invalid') {
    return { answer: openAiErrorAnswer(validated.error, commonHeaders(context)), ...modelOf(request.json) };
  }
  return { ...play(validated.body, validated.model, request, context, options), model: validated.model };
}

function checkKey(request: WireRequest, context: WireContext): OpenAiError | undefined {
  if (context.key === undefined) return undefined;
  const given = /^bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? request.headers['api-key'];
  if (given === undefined) return OPENAI_ERRORS.noKey();
  return given === context.key ? undefined : OPENAI_ERRORS.wrongKey();
}

function checkAddress({ method, path }: WireRequest): OpenAiError | undefined {
  if (path === `${BASE}/responses`) {
    return method === 'POST' || method === 'HEAD' ? undefined : OPENAI_ERRORS.wrongMethod(method, path);
  }
  if (path === `${BASE}/models`) {
    return method === 'GET' || method === 'HEAD' ? undefined : OPENAI_ERRORS.wrongMethod(method, path);
  }
  return OPENAI_ERRORS.noAddress(method, path);
}

function listModels(context: WireContext): Answer {
  const models = context.strictness.models ?? MODELS_WHEN_ANY_EXISTS;
  const data = models.map((id) => ({ id, object: 'model', created: 1_780_000_000, owned_by: 'system' }));
  return jsonAnswer(200, { object: 'list', data }, commonHeaders(context));
}

function play(
  body: JsonObject,
  model: string,
  request: WireRequest,
  context: WireContext,
  options: ReplyOptions,
): WireReply {
  const { random } = context;
  const nowSeconds = Math.floor(context.clock.now() / 1000);
  const conversation = readConversation(body);
  const { output, ...step } = chooseOutput(conversation, context.scenario, options.withoutOutput);
  const includeState = Array.isArray(body['include']) && body['include'].includes('reasoning.encrypted_content');
  const itemContext = { random, domain: context.name, nowSeconds, includeState };
  const items = output.map((item) => prepareItem(item, itemContext));
  const usage = countTokens(output, request.bodyBytes, conversation.callsAnswered);
  const identity = { id: `resp_${randomHex(random, 50)}`, model, createdAtSeconds: nowSeconds };
  const renderResponse = createResponseRenderer(identity, context.extras.echo === false ? {} : body);
  const headers = [...commonHeaders(context), ...modelHeaders(model, request, context)];
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

function commonHeaders({ random, clock, name }: WireContext): readonly HeaderLine[] {
  const requestsLeft = 9_900 + Math.floor(random() * 99);
  const tokensLeft = 29_000_000 + Math.floor(random() * 900_000);
  return [
    ['date', new Date(clock.now()).toUTCString()],
    ['server', 'cloudflare'],
    ['openai-version', '2020-10-01'],
    ['openai-organization', `org-${name.replaceAll(/[^a-zA-Z0-9-]/g, '-')}`],
    ['openai-processing-ms', String(40 + Math.floor(random() * 400))],
    ['x-request-id', `req_${randomHex(random, 32)}`],
    ['x-ratelimit-limit-requests', '10000'],
    ['x-ratelimit-limit-tokens', '30000000'],
    ['x-ratelimit-remaining-requests', String(requestsLeft)],
    ['x-ratelimit-remaining-tokens', String(tokensLeft)],
    ['x-ratelimit-reset-requests', '6ms'],
    ['x-ratelimit-reset-tokens', '1.2s'],
  ];
}

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
