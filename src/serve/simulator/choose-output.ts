import { chooseStep, type Progress } from './choose-step.ts';
import { compactionSummary } from './count-progress.ts';
import { type OfferedTool, type OutputItem, renderAction } from './render-action.ts';
import type { Scenario } from './scenario.ts';

export interface Conversation extends Progress {
  readonly tools: readonly OfferedTool[];
  /** The client asks for the history to be summed up instead of for the next step. */
  readonly compaction: 'none' | 'local' | 'remote';
}

export interface ChosenOutput {
  /** From 1. Absent for a summary. */
  readonly step?: number;
  readonly output: readonly OutputItem[];
}

/** What the model says and does next in this conversation; `withoutOutput`: it says nothing. */
export function chooseOutput(conversation: Conversation, scenario: Scenario, withoutOutput: boolean): ChosenOutput {
  const chosen = chooseWhole(conversation, scenario);
  return withoutOutput ? { ...chosen, output: [] } : chosen;
}

function chooseWhole(conversation: Conversation, scenario: Scenario): ChosenOutput {
  const { callsAnswered, compaction, tools } = conversation;
  if (compaction === 'remote') return { output: [{ kind: 'compaction', callsAnswered }] };
  if (compaction === 'local') return { output: [{ kind: 'message', text: compactionSummary(callsAnswered) }] };
  const { step, actions } = chooseStep(scenario, conversation);
  return { step, output: actions.map((action) => renderAction(action, tools)) };
}
