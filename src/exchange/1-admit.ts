import { GatewayError } from '../core/failures.ts';
import { readClientKind } from '../decide/continuity/client-kind.ts';
import { peekRequest } from '../decide/wire/observe/peek-request.ts';
import { KeptBody } from './kept-body.ts';
import type { Admitted, ExchangeDeps, Inbound } from './walk-types.ts';

/**
 * Reads the request: its body, capped, and what the walk needs to know of it, without decoding it. The gateway key was
 * checked at the door (`serve/gateway`), before a byte of the body was read.
 */
export async function admit(inbound: Inbound, deps: ExchangeDeps): Promise<Admitted> {
  const { server } = deps.settings;
  const body = await inbound.readBody(server.maxBodyBytes, server.bodyTimeoutMs);
  const client = readClientKind(inbound.header('user-agent'), inbound.header('originator'));
  const peeked = peekRequest(body, client.kind === 'codex');
  if (peeked.kind === 'invalid')
    throw new GatewayError({ code: 'BAD_REQUEST' }, { message: `The request cannot be read: ${peeked.problem}.` });
  const { request } = peeked;
  if (request.serverState.length > 0) {
    throw new GatewayError(
      { code: 'UNSUPPORTED_PARAMETER' },
      {
        message: `"${request.serverState.join('", "')}" keeps state at one provider, so another could not take over. Send the whole conversation in "input" instead.`,
      },
    );
  }
  // Codex 0.125 writes the second one with an underscore, and has no first.
  const sessionId =
    inbound.header('thread-id') ?? inbound.header('session-id') ?? inbound.header('session_id') ?? undefined;
  const turnId = readTurnId(inbound.header('x-codex-turn-metadata'));
  const fingerprint = deps.state.noteRequest(sessionId, body, deps.settings);
  const common = {
    body: new KeptBody(body, deps.watch),
    client,
    header: inbound.header,
    sessionId,
    turnId,
    fingerprint,
  };
  // Compaction at its own address is one JSON answer, whatever else the body says.
  if (inbound.operation === 'compact')
    return { ...common, request: { ...request, stream: false }, compaction: 'endpoint' };
  return mayAskForCompaction(body, inbound.header('x-codex-turn-metadata'))
    ? { ...common, request, compaction: 'trigger' }
    : { ...common, request };
}

const TRIGGER = Buffer.from('"compaction_trigger"');

/** Codex says in a header what a request is for, so that its bodies need not be searched. */
function mayAskForCompaction(body: Buffer, metadata: string | null): boolean {
  if (metadata?.includes('"request_kind":"turn"') === true) return false;
  return body.includes(TRIGGER);
}

const TURN_ID = /"turn_id":"([A-Za-z0-9-]{1,64})"/;

const readTurnId = (metadata: string | null): string | undefined =>
  metadata === null ? undefined : TURN_ID.exec(metadata)?.[1];
