import { type Answer, type HeaderLine, jsonAnswer } from '../answer.ts';
import { chooseOutput } from '../choose-output.ts';
import { countInputTokens, countTokens } from '../count-tokens.ts';
import type { JsonObject } from '../json.ts';
import { randomAlphanumeric } from '../random.ts';
import type { ReplyOptions, Wire, WireContext, WireReply, WireRequest } from '../wire.ts';
import { GEMINI_ERRORS, type GeminiError, wrapError } from './gemini-error.ts';
import { readConversation } from './read-conversation.ts';
import { type GeminiAnswerContext, renderBody, renderStream } from './render-answer.ts';
import { validateRequest } from './validate-request.ts';

const BASE = '/v1beta';
/** At Google AI Studio, and at Vertex AI below a project. */
const CALL =
  /^(?:\/v1beta|\/v1\/projects\/[^/]+\/locations\/[^/]+\/publishers\/google)\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;
const MODELS_WHEN_ANY_EXISTS = ['gemini-3-pro', 'gemini-3-flash'];

/** Google's generateContent. */
export const GEMINI_WIRE: Wire = {
  name: 'gemini',
  basePath: BASE,
  isModelCall: (method, path) => method === 'POST' && CALL.test(path),
  reply,
};

function reply(request: WireRequest, context: WireContext, options: ReplyOptions): WireReply {
  const headers = commonHeaders(context);
  const [, model, method] = CALL.exec(request.path) ?? [];
  const refuse = (error: GeminiError): WireReply => ({
    answer: jsonAnswer(error.code, wrapError(error), headers),
    ...(model === undefined ? {} : { model }),
  });
  const denied = checkKey(request, context);
  if (denied !== undefined) return refuse(denied);
  if (request.method === 'GET' && request.path === `${BASE}/models`) return { answer: listModels(context, headers) };
  if (model === undefined || request.method !== 'POST') return refuse(GEMINI_ERRORS.noAddress());
  const validated = validateRequest(request.json, {
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

function checkKey({ headers, query }: WireRequest, { key }: WireContext): GeminiError | undefined {
  if (key === undefined) return undefined;
  const bearer = /^bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  const given = headers['x-goog-api-key'] ?? bearer ?? new URLSearchParams(query).get('key') ?? undefined;
  if (given === undefined) return GEMINI_ERRORS.noKey();
  return given === key ? undefined : GEMINI_ERRORS.wrongKey();
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
