import type { Lane } from '../core/exchange.ts';
import type { Failure } from '../core/failures.ts';
import type { Target, Wire } from '../core/target.ts';
import { dropSealedState } from '../decide/continuity/drop-sealed-state.ts';
import { isForeignBlob, mayHoldForeignState } from '../decide/continuity/provenance.ts';
import { chatLane } from '../decide/wire/chat/chat-lane.ts';
import type { LaneCodec, LaneContext, TranslatedRequest } from '../decide/wire/lane-codec.ts';
import { messagesLane } from '../decide/wire/messages/messages-lane.ts';
import { type PeekedRequest, peekRequest, spliceRequest } from '../decide/wire/observe/peek-request.ts';
import { parseJson } from '../decide/wire/read-json.ts';
import { type RequestProblem, readRequest } from '../decide/wire/responses/request.ts';
import { encodeError } from './final-failure.ts';
import type { Admitted, ClientError, ExchangeDeps } from './walk-types.ts';

export interface EncodedRequest {
  readonly kind: 'encoded';
  readonly lane: Lane;
  /** After the provider's base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Absent: the answer is a Responses stream already. */
  readonly codec?: Pick<TranslatedRequest, 'createStreamDecoder' | 'decodeBody'>;
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
  /** The target has just refused the conversation's sealed state. */
  readonly hasRefusedState: boolean;
  readonly onLength: LaneContext['onLength'];
  /** Unique for the attempt. */
  readonly seed: string;
}

const LANES: Partial<Record<Wire, LaneCodec>> = { chat: chatLane, messages: messagesLane };

/** The request as it goes to the target, in the lane that the target's wire and the conversation's state ask for. */
export function encodeForLane(input: EncodeInput, deps: ExchangeDeps): EncodedRequest | EncodingFailure {
  const lane = LANES[input.target.provider.wire];
  return lane === undefined ? encodeResponses(input, deps) : encodeTranslated(lane, input, deps);
}

/**
 * Raw: the client's own bytes, but for the model's name and what must not travel. Sanitised: without reasoning that the
 * target cannot read, when the conversation has met other providers.
 */
function encodeResponses({ target, admitted, hasRefusedState }: EncodeInput, deps: ExchangeDeps): EncodedRequest {
  const { sessionId, body, request } = admitted;
  const { stateDomain } = target.provider;
  const { provenance } = deps.state;
  const raw = (): EncodedRequest => ({
    kind: 'encoded',
    lane: 'raw',
    path: '/responses',
    headers: {},
    body: splice(body, request, target),
  });
  if (!hasRefusedState && !mayHoldForeignState(provenance, sessionId, stateDomain)) return raw();
  // Without a session nobody knows who sealed what: after a refusal nothing sealed is sent.
  const isForeign = (blob: string): boolean =>
    (hasRefusedState && sessionId === undefined) || isForeignBlob(provenance, sessionId, blob, stateDomain);
  const cleaned = dropSealedState(body, isForeign);
  if (cleaned === undefined) return raw();
  const peeked = peekRequest(cleaned, false);
  const sanitised = peeked.kind === 'peeked' ? splice(cleaned, peeked.request, target) : cleaned;
  return { kind: 'encoded', lane: 'sanitised', path: '/responses', headers: {}, body: sanitised };
}

const splice = (body: Buffer, request: PeekedRequest, target: Target): Buffer =>
  spliceRequest(body, request, target.model, !target.provider.firstParty);

function encodeTranslated(lane: LaneCodec, input: EncodeInput, deps: ExchangeDeps): EncodedRequest | EncodingFailure {
  const { target, admitted } = input;
  const request = readRequest(parseJson(admitted.body.toString('utf8')));
  if (!request.ok) return refused(request.problem);
  const translated = lane(request.value, {
    model: target.model,
    stateDomain: target.provider.stateDomain,
    dialect: target.provider.dialect,
    stream: admitted.request.stream,
    onLength: input.onLength,
    dropsState: input.hasRefusedState,
    seed: input.seed,
    nowSeconds: () => Math.floor(deps.clock.now() / 1000),
  });
  if (!translated.ok) return refused(translated.problem);
  const { path, headers, body, createStreamDecoder, decodeBody } = translated.value;
  return {
    kind: 'encoded',
    lane: 'translated',
    path,
    headers,
    body: Buffer.from(JSON.stringify(body)),
    codec: { createStreamDecoder, decodeBody },
  };
}

function refused({ code, param, message }: RequestProblem): EncodingFailure {
  const failed: EncodingFailure = { kind: 'failed', lane: 'translated', failure: { code } };
  if (code === 'TARGET_UNSUPPORTED') return failed;
  return {
    ...failed,
    clientError: { status: 400, body: encodeError(code, param === '' ? message : `${param}: ${message}`) },
  };
}
