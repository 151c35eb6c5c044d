import { type Action, isCall, type Scenario, type Step } from './scenario.ts';

/**
 * Where a conversation stands, read from the request alone: any simulator can go on where another one stopped, also
 * where that one died in the middle of a response.
 */
export interface Progress {
  /** Prompts before the current one. */
  readonly turn: number;
  /** Tool calls of this turn that have their output. */
  readonly callsAnswered: number;
  /** Assistant messages after the last prompt or tool output: parts of a response that was cut. */
  readonly trailingMessages: number;
}

export interface ChosenStep {
  /** From 1. */
  readonly step: number;
  readonly actions: Step;
}

const NOTHING_LEFT: Action = { kind: 'say', text: 'Done.', phase: 'final_answer' };

/** The step to play, without the parts of it that the conversation already has. Never empty. */
export function chooseStep(scenario: Scenario, progress: Progress): ChosenStep {
  const turn = scenario.turns[Math.min(progress.turn, scenario.turns.length - 1)] ?? [];
  let answered = progress.callsAnswered;
  for (const [index, step] of turn.entries()) {
    const calls = step.filter(isCall).length;
    if (calls > 0 && answered >= calls) {
      answered -= calls;
      continue;
    }
    const rest = skipMessages(skipCalls(step, answered), progress.trailingMessages);
    // Everything was said already, only the end of the response got lost: a model would say it once more.
    const again = step.findLast((action) => action.kind === 'say') ?? NOTHING_LEFT;
    return { step: index + 1, actions: rest.length > 0 ? rest : [again] };
  }
  return { step: turn.length + 1, actions: [NOTHING_LEFT] };
}

function skipCalls(step: Step, count: number): Step {
  let left = count;
  let from = 0;
  for (const [index, action] of step.entries()) {
    if (left === 0) break;
    if (!isCall(action)) continue;
    left -= 1;
    from = index + 1;
  }
  return step.slice(from);
}

function skipMessages(step: Step, count: number): Step {
  let left = count;
  let from = 0;
  for (const [index, action] of step.entries()) {
    if (left === 0) break;
    if (action.kind !== 'say') continue;
    left -= 1;
    from = index + 1;
  }
  return step.slice(from);
}
