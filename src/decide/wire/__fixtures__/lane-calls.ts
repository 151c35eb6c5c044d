import { AI_SDK_LANES } from '../ai-sdk/ai-sdk-lane.ts';
import { CHAT_DIALECTS } from '../chat/dialects.ts';
import { chatLane } from '../chat/chat-lane.ts';
import type { LaneContext, TranslatedRequest } from '../lane-codec.ts';
import { MESSAGES_DIALECTS } from '../messages/dialects.ts';
import { messagesLane } from '../messages/messages-lane.ts';
import { type ResponsesRequest, type Result, readRequest } from '../responses/request.ts';
import { RESPONSES_DIALECTS } from '../sanitise/dialects.ts';
import { sanitiseRequest } from '../sanitise/sanitise-lane.ts';

type Encoded = Result<Pick<TranslatedRequest, 'body'> & Partial<TranslatedRequest>>;

export interface LaneCall {
  readonly wire: string;
  readonly dialect: string;
  readonly model: string;
  readonly encode: (request: ResponsesRequest, context: LaneContext) => Encoded;
}

/** Every way from a Responses request to an upstream that reads it: each dialect is one. */
export const LANE_CALLS: readonly LaneCall[] = [
  ...RESPONSES_DIALECTS.map((dialect) => ({
    wire: 'responses',
    dialect: dialect.id,
    model: 'm',
    encode: (request: ResponsesRequest, context: LaneContext): Encoded => {
      const sanitised = sanitiseRequest(request, dialect, { ...context, isForeign: (blob) => blob.startsWith('gAAAA') });
      return sanitised.ok ? { ok: true, value: { ...sanitised.value, ...sanitised.value.answer } } : sanitised;
    },
  })),
  ...CHAT_DIALECTS.map(({ id }) => ({ wire: 'chat', dialect: id, model: 'm', encode: chatLane })),
  ...MESSAGES_DIALECTS.map(({ id }) => ({
    wire: 'messages',
    dialect: id,
    model: id === 'anthropic' ? 'claude-opus-4-8' : 'm',
    encode: messagesLane,
  })),
  { wire: 'gemini', dialect: 'google', model: 'gemini-3-pro', encode: AI_SDK_LANES.gemini },
  { wire: 'vertex', dialect: 'vertex', model: 'gemini-3-flash', encode: AI_SDK_LANES.vertex },
  { wire: 'converse', dialect: 'bedrock', model: 'anthropic.claude-opus-4-8-v1:0', encode: AI_SDK_LANES.converse },
];

/** Who can read what is sealed for the target of a call. */
export const ownerOf = ({ wire, model }: LaneCall) => ({ domain: 'd', model, wire });

/** What a gateway says of the exchange. */
export const contextOf = ({ dialect, model }: LaneCall): LaneContext => ({
  model,
  stateDomain: 'd',
  dialect,
  stream: true,
  onLength: 'continue',
  echo: 'full',
  pseudonym: (name) => name,
  seed: 'seed1',
  nowSeconds: () => 1_800_000_000,
});

/** What becomes of a request body on its way through a lane. */
export function callLane(call: LaneCall, body: unknown): Encoded {
  const request = readRequest(body);
  return request.ok ? call.encode(request.value, contextOf(call)) : request;
}
