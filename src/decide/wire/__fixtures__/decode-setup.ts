import type { StateOwner } from '../../continuity/envelope.ts';
import type { DecodeOptions } from '../decode-options.ts';
import type { JsonObject } from '../read-json.ts';
import { countedIds } from '../responses/events.ts';
import { readRequest } from '../responses/request.ts';
import { echoRequest } from '../responses/response-object.ts';
import { createResponseWriter } from '../responses/response-writer.ts';
import { bridgeTools } from '../tools/bridge-tools.ts';
import { FUNCTIONS_ONLY } from '../tools/tool-contract.ts';

/** First line of a golden file: what the decoder is told. The other lines are what it is fed, one each. */
export interface DecodeSetup {
  readonly onLength?: 'continue' | 'incomplete';
  readonly usedCallIds?: readonly string[];
  readonly schema?: JsonObject;
}

const TOOLS = [
  { type: 'function', name: 'shell' },
  { type: 'namespace', name: 'mcp__demo', tools: [{ type: 'function', name: 'lookup' }] },
  { type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] },
  { type: 'tool_search', execution: 'client' },
];

export function commonDecodeOptions(setup: DecodeSetup, owner: StateOwner): DecodeOptions {
  const request = readRequest({ model: 'm', input: 'hi', tools: TOOLS });
  const bridge = request.ok ? bridgeTools(request.value, FUNCTIONS_ONLY) : request;
  if (!request.ok || !bridge.ok) throw new Error('bad setup');
  const ids = countedIds('t');
  return {
    writer: createResponseWriter({
      seed: { id: 'resp_t', createdAt: 100, model: 'm', echo: echoRequest(request.value, 'lean') },
      ids,
      nowSeconds: () => 101,
    }),
    ids,
    bridge: bridge.value,
    usedCallIds: new Set(setup.usedCallIds ?? []),
    owner,
    onLength: setup.onLength ?? 'continue',
    ...(setup.schema === undefined ? {} : { schemaToCheck: setup.schema }),
  };
}
