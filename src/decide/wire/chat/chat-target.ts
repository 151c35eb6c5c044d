import type { StateOwner } from '../../continuity/envelope.ts';
import type { LaneContext, StatedFacts } from '../lane-codec.ts';
import type { ChatDialect } from './chat-dialect.ts';

/** What the codec has to know of a target that speaks Chat Completions. */
export interface ChatTarget extends StatedFacts {
  readonly dialect: ChatDialect;
  /** The model name sent upstream. */
  readonly model: string;
  /** Whose reasoning state may be sent there, and under whose name new state is kept. */
  readonly owner: StateOwner;
  /** Default: `prompt_cache_key` is sent as it is. */
  readonly pseudonym?: LaneContext['pseudonym'];
}
