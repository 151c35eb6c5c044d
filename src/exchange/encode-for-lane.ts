import type { Lane } from '../core/exchange.ts';
import type { Target } from '../core/target.ts';
import { dropSealedState } from '../decide/continuity/drop-sealed-state.ts';
import { isForeignBlob, mayHoldForeignState, type ProvenanceTable } from '../decide/continuity/provenance.ts';
import { type PeekedRequest, peekRequest, spliceRequest } from '../decide/wire/observe/peek-request.ts';
import type { Admitted } from './walk-types.ts';

export interface EncodedRequest {
  readonly lane: Lane;
  readonly body: Buffer;
}

/**
 * The request as it goes to `target`. Raw: the client's own bytes, but for the model's name and what must not travel.
 * Sanitised: without reasoning that the target cannot read, when the conversation has met other providers.
 * `hasRefused`: the target has just refused the conversation's state, so all that it did not seal itself goes.
 */
export function encodeForLane(
  target: Target,
  admitted: Admitted,
  hasRefused: boolean,
  provenance: ProvenanceTable,
): EncodedRequest {
  const { sessionId, body, request } = admitted;
  const { stateDomain } = target.provider;
  if (!hasRefused && !mayHoldForeignState(provenance, sessionId, stateDomain))
    return { lane: 'raw', body: splice(body, request, target) };
  // Without a session nobody knows who sealed what: after a refusal nothing sealed is sent.
  const isForeign = (blob: string): boolean =>
    (hasRefused && sessionId === undefined) || isForeignBlob(provenance, sessionId, blob, stateDomain);
  const cleaned = dropSealedState(body, isForeign);
  if (cleaned === undefined) return { lane: 'raw', body: splice(body, request, target) };
  const peeked = peekRequest(cleaned, false);
  return { lane: 'sanitised', body: peeked.kind === 'peeked' ? splice(cleaned, peeked.request, target) : cleaned };
}

const splice = (body: Buffer, request: PeekedRequest, target: Target): Buffer =>
  spliceRequest(body, request, target.model, !target.provider.firstParty);
