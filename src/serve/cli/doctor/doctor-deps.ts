import type { CodexInspector } from '../../../core/codex-cli.ts';
import type { OwnFile } from '../../../core/user-files.ts';
import type { SettingsLoad } from '../../config/load-settings.ts';
import type { ProbeOutcome, ProbeRequest } from '../../probe/probe-target.ts';
import type { CliDeps } from '../cli-deps.ts';
import type { CodexDeps } from '../codex/codex-deps.ts';

/** What `doctor` needs besides what the `codex` commands need. */
export interface DoctorDeps extends CodexDeps {
  readonly inspect: CodexInspector;
  /** Where `activate` records every switch. */
  readonly journal: OwnFile;
  readonly loadSettings: (cli: Pick<CliDeps, 'cwd' | 'env'>) => Promise<SettingsLoad>;
  /** `text` is a configuration of Holdfast: how a provider of Codex's own is asked. */
  readonly readSettings: (text: string, cli: Pick<CliDeps, 'cwd' | 'env'>) => Promise<SettingsLoad>;
  readonly probe: (
    request: ProbeRequest,
    base: Extract<SettingsLoad, { kind: 'loaded' }>['settings'],
  ) => Promise<ProbeOutcome>;
}

export interface DoctorRequest {
  readonly codexHome: string;
  readonly profile: string | undefined;
  /** Ask no provider anything. */
  readonly isOffline: boolean;
  /** Said while it takes long. */
  readonly progress: (text: string) => void;
}
