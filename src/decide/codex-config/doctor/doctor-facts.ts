import type { LintInput } from '../lint/lint-context.ts';

/** Everything that `holdfast doctor` found out by looking, before anything is concluded from it. No secrets. */
export interface DoctorFacts {
  readonly codex: { readonly file: string | undefined; readonly version: string | undefined };
  readonly codexHome: { readonly path: string; readonly exists: boolean };
  readonly input: LintInput;
  /** What Codex said when it loaded its configuration strictly; absent without Codex. */
  readonly strictLoad?: StrictLoad;
  readonly codexDoctor: readonly CodexDoctorCheck[];
  /** The `auth` command of the provider in use. */
  readonly authCommand?: AuthCommandFact;
  readonly gateway?: GatewayFact;
  /** Targets of the gateway's configuration and the provider that Codex uses directly. */
  readonly probes: readonly ProbeFact[];
  /** Certificate files that variables name. */
  readonly certificates: ReadonlyArray<{ readonly variable: string; readonly exists: boolean }>;
  /** Recent sessions per provider id. */
  readonly sessions: ReadonlyMap<string, number>;
  /** Problems of Holdfast's own configuration, in words. Absent: there is none. */
  readonly holdfastConfig?: { readonly file: string; readonly errors: readonly string[] };
  /** What `holdfast activate` switched to, if the time it was meant for is over. */
  readonly expiredActivation?: { readonly target: string; readonly expiredAtMs: number };
  /** Models that Codex knows by itself. */
  readonly knownModels: readonly string[];
}

export type StrictLoad =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unclear' };

export interface CodexDoctorCheck {
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'fail';
  readonly summary: string;
  readonly remediation: string | undefined;
}

export interface AuthCommandFact {
  readonly command: string;
  readonly timeoutMs: number;
  readonly outcome: AuthOutcome;
}

export type AuthOutcome =
  | { readonly kind: 'printed'; readonly lines: number; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly exitCode: number }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'not-started' };

/** The address on this machine that Codex sends requests to. */
export interface GatewayFact {
  readonly address: string;
  /** Where the gateway listens by its own configuration; absent without one. */
  readonly configured: string | undefined;
  readonly health: 'up' | 'down' | 'something-else';
  /** Whether it takes the key that Codex would send; absent if that was not tried. */
  readonly acceptsKey?: boolean;
  /** What Codex makes of the models that it lists; absent if that was not tried. */
  readonly catalogue?: StrictLoad;
}

export interface ProbeFact {
  /** A target's id, or a provider's. */
  readonly name: string;
  readonly of: 'gateway' | 'codex';
  readonly outcome:
    | {
        readonly kind: 'answered';
        readonly durationMs: number;
        /** Why Codex could not use its `model_catalog_url`, in its words. */
        readonly catalogueProblem?: string;
      }
    | { readonly kind: 'failed'; readonly reason: string }
    | { readonly kind: 'not-tried'; readonly reason: string };
}
