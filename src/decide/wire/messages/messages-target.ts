import type { IsForeign } from '../../continuity/drop-sealed-state.ts';
import type { StateOwner } from '../../continuity/envelope.ts';
import type { StatedFacts } from '../lane-codec.ts';
import type { MessagesDialect } from './messages-dialect.ts';

/** What the codec has to know of a target that speaks Messages. */
export interface MessagesTarget extends StatedFacts {
  readonly dialect: MessagesDialect;
  /** The model name sent upstream. */
  readonly model: string;
  /** Whose thinking may be sent there, and under whose name new thinking is kept. */
  readonly owner: StateOwner;
  /** Whether the target has refused a sealed text, whoever made it. Default: it has refused none. */
  readonly isForeign?: IsForeign;
}
