import type { Logger } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import type { OwnFile } from '../../core/user-files.ts';
import {
  type ActivationRecord,
  appendRecord,
  currentActivation,
  isExpired,
  parseJournal,
} from '../../decide/codex-config/activation/activation-journal.ts';
import { findTargets, firstTarget, targetNames } from '../../decide/codex-config/activation/activation-operations.ts';
import {
  type ActivationRequest,
  readActivationRequest,
} from '../../decide/codex-config/activation/activation-request.ts';
import { preferInSettings, refusePreference } from '../../decide/codex-config/activation/prefer-in-settings.ts';
import { type CheckResult, checkRouteTarget, type Probe } from '../probe/check-route-target.ts';
import type { ActivationReport } from './gateway-report.ts';

/** The target that a team has put first on this gateway, until its time is over. */
export interface GatewayActivation {
  /** The settings that requests go by at this moment. */
  readonly settings: () => Settings;
  /** `undefined`: nothing is activated. */
  readonly report: () => ActivationReport | undefined;
  /** `PUT` or `DELETE /holdfast/activation`. */
  readonly change: (method: 'PUT' | 'DELETE', body: string) => Promise<ActivationAnswer>;
}

/** An HTTP status and its JSON. `message` is for people; it is there when nothing was changed against the wish. */
export interface ActivationAnswer {
  readonly status: 200 | 400 | 404 | 409 | 500;
  readonly body: { readonly activation: ActivationReport | null; readonly isNew?: boolean } & {
    readonly check?: string;
    readonly message?: string;
  };
}

export interface GatewayActivationDeps {
  readonly configured: () => Settings;
  /** Who switched what, when and why. Its last line is what counts after a restart. */
  readonly journal: OwnFile;
  readonly probe: Probe;
  /** Wall clock, ms since 1970. */
  readonly now: () => number;
  readonly log: Logger;
}

export async function createGatewayActivation(deps: GatewayActivationDeps): Promise<GatewayActivation> {
  // A journal that cannot be read must not keep the gateway from starting (P7).
  const text = await deps.journal.read().catch((error: unknown) => {
    deps.log.warn('activation.unreadable', { reason: error instanceof Error ? error.message : 'unknown' });
    return undefined;
  });
  const activation = new Activation(currentActivation(parseJournal(text)), deps);
  const restored = activation.report();
  if (restored !== undefined)
    deps.log.info('activation.restored', {
      target: restored.target,
      by: restored.by,
      until: restored.until ?? undefined,
    });
  return activation;
}

class Activation implements GatewayActivation {
  private record: ActivationRecord | undefined;
  /** What `record` makes of the configuration, for the one generation that is current. */
  private preferred: { readonly of: Settings; readonly settings: Settings } | undefined;
  private readonly deps: GatewayActivationDeps;

  constructor(record: ActivationRecord | undefined, deps: GatewayActivationDeps) {
    this.record = record;
    this.deps = deps;
  }

  settings = (): Settings => {
    const configured = this.deps.configured();
    const record = this.inEffect();
    if (record === undefined) return configured;
    if (this.preferred?.of !== configured)
      this.preferred = { of: configured, settings: preferInSettings(configured, record.target) };
    return this.preferred.settings;
  };

  report = (): ActivationReport | undefined => {
    const record = this.inEffect();
    return record === undefined ? undefined : describe(record, this.deps.configured());
  };

  change = async (method: 'PUT' | 'DELETE', body: string): Promise<ActivationAnswer> => {
    const request = readActivationRequest(body, method === 'PUT');
    if (typeof request === 'string') return this.refuse(400, request);
    return method === 'PUT' ? await this.activate(request) : await this.deactivate(request);
  };

  private inEffect(): ActivationRecord | undefined {
    return this.record !== undefined && !isExpired(this.record, this.deps.now()) ? this.record : undefined;
  }

  private async activate(request: ActivationRequest): Promise<ActivationAnswer> {
    const { target } = request;
    const configured = this.deps.configured();
    if (findTargets(configured, target).length === 0)
      return this.refuse(404, `there is no target "${target}". There are: ${targetNames(configured).join(', ')}`);
    const current = this.inEffect();
    if (current?.target === target) return this.answer({ isNew: false });
    const forbidden = refusePreference(configured, target);
    if (forbidden !== undefined) return this.refuse(409, `${forbidden}. This cannot be forced: change the route`);
    const check = await checkRouteTarget(target, configured, this.deps.probe);
    if (!check.isPassed && !request.isForced) return this.refuse(409, check.text);
    const first = firstTarget(configured, findTargets(configured, target));
    const nowMs = this.deps.now();
    return await this.commit({
      ...recordOf(request, check, nowMs),
      action: 'activate',
      target,
      expiresAtMs: nowMs + request.expiresInMs,
      previous: first === undefined ? null : { kind: 'gateway-target', target: first.name, model: first.model },
    });
  }

  private async deactivate(request: ActivationRequest): Promise<ActivationAnswer> {
    const current = this.inEffect();
    if (current === undefined) return this.answer({ isNew: false });
    const configured = this.deps.configured();
    const back = firstTarget(configured, findTargets(configured, current.target))?.name;
    const check: CheckResult =
      back === undefined
        ? { isPassed: true, text: 'the configuration does not name it any more' }
        : await checkRouteTarget(back, configured, this.deps.probe);
    if (!check.isPassed && !request.isForced) return this.refuse(409, check.text);
    return await this.commit({
      ...recordOf(request, check, this.deps.now()),
      action: 'deactivate',
      target: current.target,
      expiresAtMs: null,
      previous: current.previous,
    });
  }

  /** First on disk: what is answered must outlive a restart. */
  private async commit(record: ActivationRecord): Promise<ActivationAnswer> {
    try {
      await this.deps.journal.edit((text) => appendRecord(text, record));
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.deps.log.warn('activation.unwritable', { reason });
      return this.refuse(500, `it could not be recorded: ${reason}`);
    }
    this.record = record.action === 'activate' ? record : undefined;
    this.preferred = undefined;
    const { action, target, by, isForced } = record;
    this.deps.log.info(`activation.${action}`, { target, by, forced: isForced, reason: record.reason ?? undefined });
    return this.answer({ isNew: true, check: record.check });
  }

  private answer(more: { readonly isNew: boolean; readonly check?: string }): ActivationAnswer {
    return { status: 200, body: { activation: this.report() ?? null, ...more } };
  }

  private refuse(status: ActivationAnswer['status'], message: string): ActivationAnswer {
    return { status, body: { activation: this.report() ?? null, message } };
  }
}

function recordOf(
  request: ActivationRequest,
  check: CheckResult,
  nowMs: number,
): Omit<ActivationRecord, 'action' | 'target' | 'expiresAtMs' | 'previous'> {
  const { by, reason } = request;
  return {
    version: 1,
    kind: 'gateway-target',
    atMs: nowMs,
    by,
    reason,
    check: check.text,
    isForced: !check.isPassed,
    receiptIds: [],
    followed: null,
  };
}

function describe(record: ActivationRecord, configured: Settings): ActivationReport {
  const { target, by, reason, isForced, atMs, expiresAtMs } = record;
  return {
    target,
    by,
    reason,
    isForced,
    since: new Date(atMs).toISOString(),
    until: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    isKnown: findTargets(configured, target).length > 0,
  };
}
