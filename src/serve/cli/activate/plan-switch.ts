import type { FileText } from '../../../core/user-files.ts';
import type { ActivationTarget } from '../../../decide/codex-config/activation/activation-journal.ts';
import {
  findTargets,
  hasRoutes,
  preferTargets,
  profileOperations,
} from '../../../decide/codex-config/activation/activation-operations.ts';
import { dataOf } from '../../../decide/codex-config/lint/lint-context.ts';
import type { Edited } from '../../../decide/codex-config/receipt.ts';
import type { EditOperation } from '../../../decide/codex-config/toml/edit-operation.ts';
import { parseDocument } from '../../../decide/codex-config/toml/parse-document.ts';
import { type CliDeps, CliError } from '../cli-deps.ts';
import type { PlannedEdit } from '../codex/apply-edits.ts';
import { configFile } from '../codex/codex-home.ts';
import { editByKey } from '../codex/run-edits.ts';
import type { ActivateDeps } from './activate-deps.ts';
import type { Machine } from './find-target.ts';

/** The edits that make this machine use a target from the next request on. */
export async function planSwitch(
  target: ActivationTarget,
  machine: Machine,
  codexHome: string,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<readonly PlannedEdit[]> {
  if (target.kind === 'gateway-target') return [await planRoute(target, machine, cli, deps)];
  const path = configFile(codexHome);
  const operations = target.kind === 'profile' ? profileSettings(target, machine) : providerSettings(target);
  return [{ path, edit: (text) => editByKey(path, text, operations) }];
}

function profileSettings(target: ActivationTarget, { context }: Machine): readonly EditOperation[] {
  const file = context.files.find(({ profile }) => profile === target.target);
  if (file?.problem !== undefined)
    throw new CliError(`${file.path}: line ${file.problem.line}: ${file.problem.message}`);
  return [...profileOperations(dataOf(file)), ...modelSetting(target)];
}

const providerSettings = (target: ActivationTarget): readonly EditOperation[] => [
  { kind: 'set', path: ['model_provider'], value: target.target },
  ...modelSetting(target),
];

const modelSetting = ({ model }: ActivationTarget): readonly EditOperation[] =>
  model === null ? [] : [{ kind: 'set', path: ['model'], value: model }];

async function planRoute(
  target: ActivationTarget,
  { settings }: Machine,
  cli: CliDeps,
  deps: ActivateDeps,
): Promise<PlannedEdit> {
  if (settings === undefined) throw new CliError('there is no configuration of the gateway', 2);
  const path = settings.file;
  const edit = (text: FileText): Edited => {
    const parsed = parseDocument(text ?? '');
    if (parsed.kind === 'ok' && !hasRoutes(parsed.document.data)) throw new CliError(`${path}: it has no routes`);
    const places = findTargets(settings, target.target);
    return editByKey(path, text, parsed.kind === 'ok' ? preferTargets(parsed.document.data, settings, places) : []);
  };
  // The gateway must be able to use what is written: it would keep running with the old one, and nobody would notice.
  const result = edit(await deps.files.read(path));
  const load = await deps.readSettings(result.text ?? '', cli);
  if (load.kind !== 'loaded')
    throw new CliError(`${path}: the changed configuration could not be used. Nothing was changed.`);
  return { path, edit };
}
