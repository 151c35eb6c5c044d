import type { Progress } from './choose-step.ts';

/** Codex adds messages of its own in the user's name; each is wrapped in a tag or has a fixed start. */
const NOT_A_PROMPT = /^\s*(<([a-z_-]+)[\s>][\s\S]*<\/\2>\s*$|# AGENTS\.md instructions)/;
/** What is said to a model whose answer was cut: the turn goes on, no other begins. */
const GO_ON = /^\s*(please )?(continue|go on|carry on)\b.{0,80}$/i;
const LOCAL_COMPACTION = /CONTEXT CHECKPOINT COMPACTION/;
/** Written into the summaries that a simulator makes, so that a compacted conversation goes on where it was. */
const PROGRESS_NOTE = /\[simulated progress: (\d+) calls\]/;

/** Reads where a conversation stands from its parts, oldest first, whatever wire they came on. */
export interface ProgressCounter {
  readonly userText: (text: string) => void;
  readonly assistantText: () => void;
  /** The output of a call that belongs to the scenario: not that of a tool search. */
  readonly callOutput: () => void;
  /** What went before was summed up, with so many calls answered. */
  readonly compacted: (callsAnswered: number) => void;
  readonly progress: () => Progress;
}

export function createProgressCounter(): ProgressCounter {
  let prompts = 0;
  let callsAnswered = 0;
  let trailingMessages = 0;
  const compacted = (calls: number): void => {
    callsAnswered = calls;
    trailingMessages = 0;
  };
  return {
    userText: (text) => {
      const note = PROGRESS_NOTE.exec(text)?.[1];
      if (note !== undefined) {
        compacted(Number(note));
        return;
      }
      if (NOT_A_PROMPT.test(text) || GO_ON.test(text)) return;
      prompts += 1;
      compacted(0);
    },
    assistantText: () => {
      trailingMessages += 1;
    },
    callOutput: () => {
      callsAnswered += 1;
      trailingMessages = 0;
    },
    compacted,
    progress: () => ({ turn: Math.max(0, prompts - 1), callsAnswered, trailingMessages }),
  };
}

/** Codex asks in the user's name for a summary of what went before. */
export const asksForSummary = (text: string): boolean => LOCAL_COMPACTION.test(text);

export const compactionSummary = (callsAnswered: number): string =>
  `The task is under way; what was done so far is in the working folder. [simulated progress: ${callsAnswered} calls]`;
