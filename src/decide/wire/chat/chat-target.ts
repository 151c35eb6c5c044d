import type { StateOwner } from '../../continuity/envelope.ts';
import type { JsonObject } from '../read-json.ts';
import type { ChatDialect } from './chat-dialect.ts';

/** What the codec has to know of a target that speaks Chat Completions. */
export interface ChatTarget {
  readonly dialect: ChatDialect;
  /** The model name sent upstream. */
  readonly model: string;
  /** Whose reasoning state may be sent there, and under whose name new state is kept. */
  readonly owner: StateOwner;
  /** The model can see. Default: as the dialect has it. */
  readonly images?: boolean;
  /** Sent when the client set no limit; default: the vendor's own. */
  readonly maxOutputTokens?: number;
  /** Further fields of the body from the configuration, e.g. OpenRouter's `provider`. They win. */
  readonly extraBody?: JsonObject;
}
