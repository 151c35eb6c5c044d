import type { Lane } from '../core/exchange.ts';
import type { Failure } from '../core/failures.ts';
import type { Route, Target, Wire } from '../core/target.ts';
import { dropSealedState, type IsForeign } from '../decide/continuity/drop-sealed-state.ts';
import { isForeignBlob, mayHoldForeignState } from '../decide/continuity/provenance.ts';
import { AI_SDK_LANES } from '../decide/wire/ai-sdk/ai-sdk-lane.ts';
import { chatLane } from '../decide/wire/chat/chat-lane.ts';
import type { LaneCodec, LaneContext, StatedFacts, TranslatedRequest } from '../decide/wire/lane-codec.ts';
import { messagesLane } from '../decide/wire/messages/messages-lane.ts';
import { type PeekedRequest, peekRequest, spliceRequest } from '../decide/wire/observe/peek-request.ts';
import { parseJson } from '../decide/wire/read-json.ts';
import { type RequestProblem, readRequest } from '../decide/wire/responses/request.ts';
import { adaptationFor } from '../decide/wire/sanitise/dialects.ts';
import type { ResponsesDialect } from '../decide/wire/sanitise/responses-dialect.ts';
import { sanitiseRequest } from '../decide/wire/sanitise/sanitise-lane.ts';
import { compactsItself, encodeCompaction } from './encode-compaction.ts';
import { encodeError } from './final-failure.ts';
import type { Admitted, ClientError, ExchangeDeps } from './walk-types.ts';

export interface EncodedRequest {
  readonly kind: 'encoded';
  readonly lane: Lane;
  /** After the provider's base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In parts; see `UpstreamRequest.body`. */
  readonly body: readonly Buffer[];
  /** Absent: the answer is a Responses stream already. */
  readonly codec?: Pick<TranslatedRequest, 'createStreamDecoder' | 'decodeBody'>;
  /** Types of the tools that the target is not offered. */
  readonly droppedTools?: readonly string[];
}

/** The target cannot be asked this; nothing was sent. */
export interface EncodingFailure {
  readonly kind: 'failed';
  readonly lane: Lane;
  readonly failure: Failure;
  readonly clientError?: ClientError;
}

export interface EncodeInput {
  readonly target: Target;
  readonly admitted: Admitted;
  /** Of the request, as `admitted` describes it. */
  readonly body: Buffer;
  readonly route: Route;
  /** The target has just refused the conversation's sealed state. */
  readonly hasRefusedState: boolean;
  readonly onLength: LaneContext['onLength'];
  /** Unique for the attempt. */
  readonly seed: string;
}

const LANES: Partial<Record<Wire, LaneCodec>> = { chat: chatLane, messages: messagesLane, ...AI_SDK_LANES };

/** The request as it goes to the target, in the lane that the target's wire and the conversation's state ask for. */
export function encodeForLane(input: EncodeInput, deps: ExchangeDeps): EncodedRequest | EncodingFailure {
  const { compaction } = input.admitted;
  if (compaction === undefined) return encodeRequest(input, deps);
  if (!compactsItself(input)) return encodeCompaction(compaction, input, (summary) => encodeRequest(summary, deps));
  const encoded = encodeRequest(input, deps);
  return encoded.kind === 'encoded' && compaction === 'endpoint'
    ? { ...encoded, path: `${encoded.path}/compact` }
    : encoded;
}

function encodeRequest(input: EncodeInput, deps: ExchangeDeps): EncodedRequest | EncodingFailure {
  const { provider } = input.target;
  const lane = LANES[provider.wire];
  if (lane !== undefined) return encodeTranslated(lane, input, deps);
  const dialect = provider.firstParty ? undefined : adaptationFor(provider.dialect, input.body, input.admitted.request);
  return dialect === undefined ? encodeResponses(input, deps) : encodeSanitised(dialect, input, deps);
}

/**
 * Raw: the client's own bytes, but for the model's name and what must not travel. Sanitised: without reasoning that the
 * target cannot read, when the conversation has met other providers.
 */
function encodeResponses(input: EncodeInput, deps: ExchangeDeps): EncodedRequest | EncodingFailure {
  const { target, admitted, body, hasRefusedState } = input;
  const { sessionId, request } = admitted;
  const raw = (): EncodedRequest => ({
    kind: 'encoded',
    lane: 'raw',
    path: '/responses',
    headers: {},
    body: splice(body, request, target),
  });
  if (!hasRefusedState && !mayHoldForeignState(deps.state.provenance, sessionId, target.provider.stateDomain))
    return raw();
  const cleaned = dropSealedState(body, foreignRule(input, deps));
  switch (cleaned.kind) {
    case 'unchanged':
      return raw();
    case 'unreadable':
      return { kind: 'failed', lane: 'sanitised', failure: { code: 'TARGET_UNSUPPORTED', upstreamCode: 'compaction' } };
    case 'cleaned': {
      const peeked = peekRequest(cleaned.body, false);
      const sanitised = peeked.kind === 'peeked' ? splice(cleaned.body, peeked.request, target) : [cleaned.body];
      return { kind: 'encoded', lane: 'sanitised', path: '/responses', headers: {}, body: sanitised };
    }
  }
}

/** Without a session nobody knows who sealed what: after a refusal no sealed reasoning is sent. */
function foreignRule({ target, admitted, hasRefusedState }: EncodeInput, deps: ExchangeDeps): IsForeign {
  const { sessionId } = admitted;
  const { stateDomain } = target.provider;
  return (blob, itemType) =>
    (hasRefusedState && sessionId === undefined && itemType === 'reasoning') ||
    isForeignBlob(deps.state.provenance, sessionId, blob, stateDomain);
}

/** Responses with quirks: parsed, adapted, mapped back. */
function encodeSanitised(
  dialect: ResponsesDialect,
  input: EncodeInput,
  deps: ExchangeDeps,
): EncodedRequest | EncodingFailure {
  const request = readRequest(parseJson(input.body.toString('utf8')));
  if (!request.ok) return refused('sanitised', request.problem);
  const context = { ...contextOf(input, deps), isForeign: foreignRule(input, deps) };
  const sanitised = sanitiseRequest(request.value, dialect, context);
  if (!sanitised.ok) return refused('sanitised', sanitised.problem);
  const { path, body, droppedTools = [], answer } = sanitised.value;
  return {
    kind: 'encoded',
    lane: 'sanitised',
    path,
    headers: {},
    body: [Buffer.from(JSON.stringify(body))],
    droppedTools,
    ...(answer === undefined ? {} : { codec: answer }),
  };
}

const splice = (body: Buffer, request: PeekedRequest, target: Target): readonly Buffer[] =>
  spliceRequest(body, request, target.model, !target.provider.firstParty);

function encodeTranslated(lane: LaneCodec, input: EncodeInput, deps: ExchangeDeps): EncodedRequest | EncodingFailure {
  const request = readRequest(parseJson(input.body.toString('utf8')));
  if (!request.ok) return refused('translated', request.problem);
  const translated = lane(request.value, contextOf(input, deps));
  if (!translated.ok) return refused('translated', translated.problem);
  const { path, headers, body, droppedTools = [], createStreamDecoder, decodeBody } = translated.value;
  return {
    kind: 'encoded',
    lane: 'translated',
    path,
    headers,
    body: [Buffer.from(JSON.stringify(body))],
    droppedTools,
    codec: { createStreamDecoder, decodeBody },
  };
}

function contextOf(input: EncodeInput, deps: ExchangeDeps): LaneContext {
  const { target, admitted, onLength, seed } = input;
  return {
    model: target.model,
    stateDomain: target.provider.stateDomain,
    dialect: target.provider.dialect,
    stream: admitted.request.stream,
    onLength,
    // Codex reads none of it.
    echo: admitted.client.kind === 'codex' ? 'lean' : 'full',
    stated: statedFacts(target),
    pseudonym: deps.pseudonym,
    isForeign: foreignRule(input, deps),
    seed,
    nowSeconds: () => Math.floor(deps.clock.now() / 1000),
  };
}

function statedFacts({ images, maxOutputTokens, provider }: Target): StatedFacts {
  return {
    ...(images === undefined ? {} : { images }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(provider.extraBody === undefined ? {} : { extraBody: provider.extraBody }),
  };
}

function refused(lane: Lane, { code, param, message }: RequestProblem): EncodingFailure {
  // Names of fields and positions only: what stands there is the client's.
  const upstreamCode = param.replaceAll(/\[(\d+)\]/g, '.$1');
  const isShown = /^[A-Za-z0-9_.:-]{1,64}$/.test(upstreamCode);
  const failed: EncodingFailure = { kind: 'failed', lane, failure: isShown ? { code, upstreamCode } : { code } };
  if (code === 'TARGET_UNSUPPORTED') return failed;
  return {
    ...failed,
    clientError: { status: 400, body: encodeError(code, param === '' ? message : `${param}: ${message}`) },
  };
}
