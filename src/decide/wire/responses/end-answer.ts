/** How an answer ends that another wire gave: its terminal event, or why there is none. */
import type { FailureCode } from '../../../core/failures.ts';
import { matchesSchema } from '../match-schema.ts';
import { type JsonObject, parseJson } from '../read-json.ts';
import type { UpstreamFailure } from './events.ts';
import type { FinishMeaning } from './finish-reasons.ts';
import type { WireUsage } from './response-object.ts';
import type { CloseDetails, ResponseWriter } from './response-writer.ts';

/** What one answer may add up to: text as it is, other chunks whole. The longest real answers stay far below. */
export const MAX_ANSWER_CHARS = 64 * 1024 * 1024;

export interface Failing {
  readonly code: FailureCode;
  readonly upstreamCode?: string | undefined;
  readonly body?: unknown;
}

export function upstreamFailure({ code, upstreamCode, body }: Failing): UpstreamFailure {
  return {
    kind: 'upstream-failure',
    code,
    ...(upstreamCode === undefined ? {} : { upstreamCode }),
    ...(body === undefined ? {} : { body }),
  };
}

/** What the answer consists of when its upstream says that it is over. */
export interface EndingAnswer {
  readonly writer: ResponseWriter;
  readonly items: {
    /** Output index of the message that is open. */
    readonly openText: () => number | undefined;
    readonly closeText: (details: CloseDetails) => void;
    readonly closeReasoning: () => void;
    readonly hasText: () => boolean;
    /** All text; only needed when there is a schema to check. */
    readonly wholeText: () => string;
  };
  readonly calls: {
    readonly hasCalls: () => boolean;
    /** False when a call cannot be run, so that the answer is not whole. */
    readonly areComplete: () => boolean;
    /** Writes the done events of the call that has this output index, if it is one. */
    readonly close: (item: number) => void;
  };
  readonly usage: WireUsage | undefined;
  /**
   * An answer that ran into its limit: `continue` finishes what is text and has Codex ask again (`end_turn:false`);
   * `incomplete` says so, for other clients, for a limit that the client set, and after too many continuations.
   */
  readonly onLength: 'continue' | 'incomplete';
  readonly schemaToCheck?: JsonObject;
}

/** Writes the terminal event, or answers why there is none. */
export function endAnswer(answer: EndingAnswer, meaning: FinishMeaning | undefined): Failing | undefined {
  switch (meaning) {
    case 'complete':
      return complete(answer);
    case 'length':
      return stopAtLength(answer);
    case 'paused':
      return answer.onLength === 'continue' ? stopAtLength(answer) : { code: 'INCOMPLETE_ANSWER' };
    case undefined:
      // Nobody documented it. Text can be shown; a call that may not have been meant must not be run.
      return answer.calls.hasCalls() ? { code: 'ERROR_IN_STREAM' } : complete(answer);
    default:
      return { code: meaning };
  }
}

function complete({ writer, items, calls, usage, schemaToCheck }: EndingAnswer): Failing | undefined {
  const hasCalls = calls.hasCalls();
  if (!items.hasText() && !hasCalls) return { code: 'EMPTY_ANSWER' };
  if (!calls.areComplete()) return { code: 'STREAM_CORRUPT' };
  if (schemaToCheck !== undefined && !hasCalls && !matchesSchema(parseJson(items.wholeText()) ?? '', schemaToCheck)) {
    return { code: 'TARGET_UNSUPPORTED', upstreamCode: 'schema_not_met' };
  }
  for (const item of writer.openItems()) {
    if (item === items.openText()) items.closeText({ phase: hasCalls ? 'commentary' : 'final_answer' });
    else calls.close(item);
  }
  items.closeReasoning();
  writer.completed({ usage });
  return undefined;
}

function stopAtLength({ writer, items, usage, onLength }: EndingAnswer): Failing | undefined {
  const text = items.openText();
  const isContinued = onLength === 'continue';
  // Asked again with nothing new in the history, a model would only do the same again.
  if (isContinued && text === undefined && writer.output().length === 0) return { code: 'INCOMPLETE_ANSWER' };
  // Which call was cut cannot be told, so none is run.
  for (const item of writer.openItems()) if (item !== text) writer.dropItem(item);
  items.closeText({ phase: 'commentary', status: isContinued ? 'completed' : 'incomplete' });
  if (isContinued) writer.completed({ usage, endTurn: false });
  else writer.incomplete('max_output_tokens', usage);
  return undefined;
}

/** A finish reason that is short and harmless enough to be shown. */
export function shortCode(reason: string): string | undefined {
  return /^[A-Za-z0-9_.:-]{1,64}$/.test(reason) ? reason : undefined;
}
