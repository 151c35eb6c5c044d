import { type HeaderLine, jsonAnswer } from '../answer.ts';
import { chooseOutput } from '../choose-output.ts';
import { countInputTokens, countTokens } from '../count-tokens.ts';
import type { JsonObject } from '../json.ts';
import type { ReplyOptions, Wire, WireContext, WireReply, WireRequest } from '../wire.ts';
import { CONVERSE_ERRORS, type ConverseError } from './converse-error.ts';
import { prepareBlocks } from './prepare-blocks.ts';
import { readConversation } from './read-conversation.ts';
import { renderBody, renderStream } from './render-answer.ts';
import { validateRequest } from './validate-request.ts';

const CALL = /^\/model\/([^/]+)\/(converse|converse-stream)$/;

/** Bedrock's Converse. */
export const CONVERSE_WIRE: Wire = {
  name: 'converse',
  basePath: '',
  isModelCall: (method, path) => method === 'POST' && CALL.test(path),
  reply,
};

function reply(request: WireRequest, context: WireContext, options: ReplyOptions): WireReply {
  const headers = commonHeaders(context);
  const [, encoded, method] = CALL.exec(request.path) ?? [];
  const model = encoded === undefined ? undefined : decodeName(encoded);
  const refuse = ({ status, type, message }: ConverseError): WireReply => ({
    answer: jsonAnswer(status, { message }, [
      ['x-amzn-errortype', `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/`],
      ...headers,
    ]),
    ...(model === undefined ? {} : { model }),
  });
  const denied = checkKey(request, context);
  if (denied !== undefined) return refuse(denied);
  if (model === undefined || request.method !== 'POST') return refuse(CONVERSE_ERRORS.noAddress());
  const validated = validateRequest(request.json, {
    model,
    strictness: context.strictness,
    domain: context.name,
    inputTokens: countInputTokens(request.bodyBytes),
  });
  if (validated.kind === 'invalid') return refuse(validated.error);
  return { ...play(validated.body, model, method === 'converse-stream', request, context, options, headers), model };
}

/** `undefined` for what is not an encoded name. */
function decodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
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
  const { random, name: domain } = context;
  const nowSeconds = Math.floor(context.clock.now() / 1000);
  const conversation = readConversation(body);
  const { output, ...step } = chooseOutput(conversation, context.scenario, withoutOutput);
  const blocks = prepareBlocks(output, { body, model, random, domain, nowSeconds, flaws });
  const answerContext = { counts: countTokens(output, request.bodyBytes, conversation.callsAnswered), flaws };
  if (!isStream) {
    const json: HeaderLine = ['content-type', 'application/json'];
    const whole = renderBody(blocks, answerContext);
    return { answer: { kind: 'body', status: 200, headers: [json, ...headers], body: whole }, ...step };
  }
  const contentType: HeaderLine = ['content-type', 'application/vnd.amazon.eventstream'];
  return {
    answer: { kind: 'stream', headers: [contentType, ...headers], ...renderStream(blocks, answerContext) },
    ...step,
  };
}

/** A bearer key; whoever signs is believed. */
function checkKey({ headers }: WireRequest, { key }: WireContext): ConverseError | undefined {
  const given = headers['authorization'] ?? '';
  if (key === undefined || given.startsWith('AWS4-HMAC-SHA256 ')) return undefined;
  const bearer = /^bearer (.+)$/i.exec(given)?.[1];
  if (bearer === undefined) return CONVERSE_ERRORS.noKey();
  return bearer === key ? undefined : CONVERSE_ERRORS.wrongKey();
}

function commonHeaders({ random, clock }: WireContext): readonly HeaderLine[] {
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return [
    ['date', new Date(clock.now()).toUTCString()],
    ['x-amzn-requestid', [8, 4, 4, 4, 12].map(hex).join('-')],
  ];
}
