import { type Answer, type HeaderLine, jsonAnswer } from '../answer.ts';
import { chooseOutput } from '../choose-output.ts';
import { countInputTokens, countTokens } from '../count-tokens.ts';
import type { JsonObject } from '../json.ts';
import { randomAlphanumeric } from '../random.ts';
import type { ReplyOptions, Wire, WireContext, WireReply, WireRequest } from '../wire.ts';
import { GEMINI_ERRORS, type GeminiError, wrapError } from './gemini-error.ts';
import type { GeminiCall, GeminiVendor } from './gemini-vendor.ts';
import { readConversation } from './read-conversation.ts';
import { type GeminiAnswerContext, renderBody, renderStream } from './render-answer.ts';
import { validateRequest } from './validate-request.ts';

const MODELS_WHEN_ANY_EXISTS = ['gemini-3-pro', 'gemini-3-flash'];

/** Google's generateContent, as one of its two houses serves it. */
export function createGeminiWire(vendor: GeminiVendor): Wire {
  return {
    name: 'gemini',
    basePath: vendor.basePath,
    isModelCall: (method, path) => method === 'POST' && vendor.call.test(path),
    reply: (request, context, options) => reply(request, context, options, vendor),
  };
}

function reply(request: WireRequest, context: WireContext, options: ReplyOptions, vendor: GeminiVendor): WireReply {
  const headers = commonHeaders(context);
  const call: GeminiCall | undefined = vendor.call.exec(request.path)?.groups;
  const { model, method } = call ?? {};
  const refuse = (error: GeminiError): WireReply => ({
    answer: jsonAnswer(error.code, wrapError(error), headers),
    ...(model === undefined ? {} : { model }),
  });
  const denied = context.key === undefined ? undefined : vendor.checkKey(request, context.key);
  if (denied !== undefined) return refuse(denied);
  if (request.method === 'GET' && request.path === `${vendor.basePath}/models`) {
    return { answer: listModels(context, headers) };
  }
  if (call === undefined || model === undefined || request.method !== 'POST') return refuse(GEMINI_ERRORS.noAddress());
  const misplaced = vendor.checkCall(call);
  if (misplaced !== undefined) return refuse(misplaced);
  const validated = validateRequest(request.json, {
    vendor,
    call,
    model,
    strictness: context.strictness,
    domain: context.name,
    inputTokens: countInputTokens(request.bodyBytes),
  });
  if (validated.kind === 'invalid') return refuse(validated.error);
  const isStream = method === 'streamGenerateContent';
  return { ...play(validated.body, model, isStream, request, context, options, headers), model };
}

function play(
  body: JsonObject,
  model: string,
  isStream: boolean,
  request: WireRequest,
  context: WireContext,
  { withoutOutput, flaws }: ReplyOptions,
  headers: readonly HeaderLine[],
): WireReply {
  const conversation = readConversation(body);
  const { output, ...step } = chooseOutput(conversation, context.scenario, withoutOutput);
  const answerContext: GeminiAnswerContext = {
    body,
    model,
    responseId: randomAlphanumeric(context.random, 24),
    domain: context.name,
    nowSeconds: Math.floor(context.clock.now() / 1000),
    counts: countTokens(output, request.bodyBytes, conversation.callsAnswered),
    flaws,
  };
  const json: HeaderLine = ['content-type', 'application/json; charset=UTF-8'];
  if (isStream && request.query.includes('alt=sse')) {
    const contentType: HeaderLine = ['content-type', 'text/event-stream'];
    const stream = renderStream(output, answerContext);
    return { answer: { kind: 'stream', headers: [contentType, ...headers], ...stream }, ...step };
  }
  // Without `alt=sse` a stream is one JSON array.
  const whole = renderBody(output, answerContext);
  return {
    answer: { kind: 'body', status: 200, headers: [json, ...headers], body: isStream ? `[${whole}]` : whole },
    ...step,
  };
}

function listModels(context: WireContext, headers: readonly HeaderLine[]): Answer {
  const names = context.strictness.models ?? MODELS_WHEN_ANY_EXISTS;
  const supportedGenerationMethods = ['generateContent', 'countTokens'];
  const models = names.map((name) => ({ name: `models/${name}`, displayName: name, supportedGenerationMethods }));
  return jsonAnswer(200, { models }, headers);
}

/** It says nothing of its limits. */
const commonHeaders = ({ clock, random }: WireContext): readonly HeaderLine[] => [
  ['date', new Date(clock.now()).toUTCString()],
  ['server', 'scaffolding on HTTPServer2'],
  ['server-timing', `gfet4t7; dur=${100 + Math.floor(random() * 900)}`],
];
