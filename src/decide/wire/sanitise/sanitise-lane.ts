/** The Responses API of other vendors as a lane: parsed, adapted, mapped back. */
import type { IsForeign } from '../../continuity/drop-sealed-state.ts';
import type { LaneContext, TranslatedRequest } from '../lane-codec.ts';
import { asObjects, asString } from '../read-json.ts';
import { callIdsOf, type ResponsesRequest, type Result } from '../responses/request.ts';
import { echoRequest } from '../responses/response-object.ts';
import { adaptNativeRequest } from './adapt-native.ts';
import type { ResponsesDialect } from './responses-dialect.ts';
import { type AnswerOptions, createAnswerRestorer, restoreBody } from './restore-stream.ts';
import { encodePortableRequest } from './sanitise-request.ts';

export interface SanitiseContext extends LaneContext {
  readonly isForeign: IsForeign;
}

export interface SanitisedRequest extends Pick<TranslatedRequest, 'path' | 'body' | 'droppedTools'> {
  /** Absent: the answer can go to the client as it comes. */
  readonly answer?: Pick<TranslatedRequest, 'createStreamDecoder' | 'decodeBody'>;
}

export function sanitiseRequest(
  request: ResponsesRequest,
  dialect: ResponsesDialect,
  context: SanitiseContext,
): Result<SanitisedRequest> {
  const { model, isForeign } = context;
  const owner = { domain: context.stateDomain, model, wire: 'responses' };
  const target = { dialect, model, owner, isForeign, pseudonym: context.pseudonym };
  const { portable: rules } = dialect;
  if (rules === undefined) {
    const adapted = adaptNativeRequest(request.raw, target);
    return adapted.ok ? { ok: true, value: { path: '/responses', ...adapted.value } } : adapted;
  }
  const encoded = encodePortableRequest(request, { ...target, rules }, context.stream);
  if (!encoded.ok) return encoded;
  const { body, bridge, droppedTools } = encoded.value;
  const createOptions = (): AnswerOptions => ({
    bridge,
    owner,
    usedIds: new Set([...callIdsOf(request), ...itemIdsOf(request)]),
    seed: context.seed,
    echo: echoRequest(request, context.echo),
    createdAt: context.nowSeconds(),
  });
  const answer = {
    createStreamDecoder: () => createAnswerRestorer(createOptions()),
    decodeBody: (whole: unknown) => restoreBody(whole, createOptions()),
  };
  return { ok: true, value: { path: '/responses', body, droppedTools, answer } };
}

function itemIdsOf(request: ResponsesRequest): readonly string[] {
  return asObjects(request.raw['input']).flatMap((item) => asString(item['id']) ?? []);
}
