import {
  type CompactionKind,
  createSummaryDecoder,
  endsWithTrigger,
  type SummaryOptions,
  summariseBody,
  summaryRequest,
} from '../decide/continuity/compaction.ts';
import { peekRequest } from '../decide/wire/observe/peek-request.ts';
import { asObject, type JsonObject, parseJson } from '../decide/wire/read-json.ts';
import type { UpstreamFailure } from '../decide/wire/responses/events.ts';
import { findResponsesDialect } from '../decide/wire/sanitise/dialects.ts';
import type { EncodedRequest, EncodeInput, EncodingFailure } from './encode-for-lane.ts';

/**
 * Whether the target's own compaction may be used: it has one, and no other target of the route would be asked to go
 * on from what only this one can read.
 */
export function compactsItself({ target, route }: EncodeInput): boolean {
  const { wire, firstParty, dialect, stateDomain } = target.provider;
  const hasOwn = wire === 'responses' && (firstParty || findResponsesDialect(dialect).compacts === true);
  return hasOwn && route.targets.every((other) => other.provider.stateDomain === stateDomain);
}

/** The client's wish for compaction as a request for a summary, in whatever lane the target has. */
export function encodeCompaction(
  kind: CompactionKind,
  input: EncodeInput,
  encode: (input: EncodeInput) => EncodedRequest | EncodingFailure,
): EncodedRequest | EncodingFailure {
  const { admitted, seed } = input;
  const request = asObject(parseJson(input.body.toString('utf8')));
  if (request === undefined || (kind === 'trigger' && !endsWithTrigger(request))) return encode(input);
  const body = Buffer.from(JSON.stringify({ ...summaryRequest(request), stream: admitted.request.stream }));
  const peeked = peekRequest(body, false);
  if (peeked.kind === 'invalid') return { kind: 'failed', lane: 'sanitised', failure: { code: 'BAD_REQUEST' } };
  const encoded = encode({
    ...input,
    body,
    admitted: { ...admitted, request: peeked.request },
    // Half a hand-over is none.
    onLength: 'incomplete',
  });
  if (encoded.kind === 'failed') return encoded;
  const { codec } = encoded;
  const options: SummaryOptions = { kind, request, seed };
  return {
    ...encoded,
    lane: encoded.lane === 'raw' ? 'sanitised' : encoded.lane,
    codec: {
      createStreamDecoder: () => createSummaryDecoder(codec?.createStreamDecoder(), options),
      decodeBody: (answer) => {
        const response = codec === undefined ? (asObject(answer) ?? {}) : codec.decodeBody(answer);
        return isFailure(response) ? response : summariseBody(response, options);
      },
    },
  };
}

const isFailure = (answer: JsonObject | UpstreamFailure): answer is UpstreamFailure =>
  answer['kind'] === 'upstream-failure';
