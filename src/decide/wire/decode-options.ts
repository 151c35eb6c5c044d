import type { StateOwner } from '../continuity/envelope.ts';
import type { BegunAnswer } from './begin-answer.ts';
import type { JsonObject } from './read-json.ts';
import type { ToolBridge } from './tools/bridge-tools.ts';

/** What every lane's decoder needs beside the answer. `ids` are also for calls that came without one of their own. */
export interface DecodeOptions extends BegunAnswer {
  readonly bridge: ToolBridge;
  readonly usedCallIds: ReadonlySet<string>;
  /** Under whose name reasoning is kept. */
  readonly owner: StateOwner;
  readonly schemaToCheck?: JsonObject;
}
