import type { LaneContext } from './lane-codec.ts';
import { countedIds, type IdSource } from './responses/events.ts';
import type { ResponsesRequest } from './responses/request.ts';
import { echoRequest } from './responses/response-object.ts';
import { createResponseWriter, type ResponseWriter } from './responses/response-writer.ts';

/** What every lane's decoder writes with; a new one for each answer. */
export interface BegunAnswer {
  readonly writer: ResponseWriter;
  readonly ids: IdSource;
  readonly onLength: LaneContext['onLength'];
}

export function beginAnswer(request: ResponsesRequest, context: LaneContext): BegunAnswer {
  const { nowSeconds, onLength } = context;
  const ids = countedIds(context.seed);
  const seed = {
    id: ids('resp'),
    createdAt: nowSeconds(),
    model: request.model,
    echo: echoRequest(request, context.echo),
  };
  return { writer: createResponseWriter({ seed, ids, nowSeconds }), ids, onLength };
}
