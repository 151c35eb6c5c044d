import { type ActivationRecord, appendRecord } from '../../../decide/codex-config/activation/activation-journal.ts';
import { refuseClearly } from '../codex/run-edits.ts';
import type { ActivateDeps } from './activate-deps.ts';

/** Writes down who switched what, when and why. */
export async function recordSwitch(record: ActivationRecord, deps: Pick<ActivateDeps, 'journal'>): Promise<void> {
  await refuseClearly(() => deps.journal.edit((text) => appendRecord(text, record)));
}
