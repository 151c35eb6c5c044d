import {
  activeProviderId,
  createContext,
  effectiveValue,
  type LintContext,
  providersOf,
} from '../lint/lint-context.ts';
import { BUILT_IN_IDS } from '../lint/provider-keys.ts';
import { runLint } from '../lint/run-lint.ts';
import type { AuthCommandFact, DoctorFacts, GatewayFact, ProbeFact } from './doctor-facts.ts';

export interface Diagnosis {
  /** Stable name of the check, for scripts. */
  readonly id: string;
  readonly status: 'fail' | 'warning' | 'ok' | 'skipped';
  /** What is so. */
  readonly what: string;
  /** Why it matters; absent where all is well. */
  readonly why?: string;
  /** The exact thing to do. */
  readonly fix?: string;
}

/** Profiles are files since this version. */
const OLDEST = [0, 134, 0] as const;
/** The newest version that Holdfast's knowledge was checked against. */
const NEWEST = [0, 169, 0] as const;

const ok = (id: string, what: string): Diagnosis => ({ id, status: 'ok', what });
const fail = (id: string, what: string, why: string, fix: string): Diagnosis => ({
  id,
  status: 'fail',
  what,
  why,
  fix,
});
const warn = (id: string, what: string, why: string, fix: string): Diagnosis => ({
  id,
  status: 'warning',
  what,
  why,
  fix,
});

/** What follows from the facts, in the order in which a person would look. */
export function diagnose(facts: DoctorFacts): readonly Diagnosis[] {
  const context = createContext(facts.input);
  return [
    ...diagnoseCodex(facts),
    ...diagnoseHome(facts),
    ...diagnoseConfig(facts),
    ...diagnoseModel(facts, context),
    ...(facts.authCommand === undefined ? [] : diagnoseAuth(facts.authCommand)),
    ...(facts.gateway === undefined ? [] : diagnoseGateway(facts.gateway)),
    ...diagnoseHoldfastConfig(facts),
    ...facts.probes.map(diagnoseProbe),
    ...facts.probes.flatMap(diagnoseCatalogue),
    ...facts.certificates.filter(({ exists }) => !exists).map(({ variable }) => missingCertificate(variable)),
    ...diagnoseActivation(facts),
    ...diagnoseSessions(facts, context),
    ...diagnoseCodexDoctor(facts),
  ];
}

function diagnoseCodex({ codex }: DoctorFacts): readonly Diagnosis[] {
  const { file, version } = codex;
  const install = 'npm install --global @openai/codex';
  if (file === undefined) return [fail('codex-installed', 'Codex is not on PATH.', 'Nothing else can work.', install)];
  if (version === undefined) {
    const why = 'It may be damaged, or built for another machine.';
    return [fail('codex-installed', `${file} does not say its version.`, why, install)];
  }
  if (compareVersions(version, OLDEST) < 0) {
    const why = 'Profile files, and with them "codex --profile holdfast", exist since 0.134.';
    return [fail('codex-version', `Codex ${version} is too old.`, why, install)];
  }
  if (compareVersions(version, NEWEST) > 0) {
    const why = `What Holdfast knows about Codex was checked up to ${NEWEST.join('.')}.`;
    return [
      warn('codex-version', `Codex ${version} is newer than this Holdfast knows.`, why, 'Look for a newer Holdfast.'),
    ];
  }
  return [ok('codex-version', `Codex ${version}`)];
}

/** Below, equal or above zero. */
export function compareVersions(version: string, other: readonly [number, number, number]): number {
  const parts = version.split(/[.-]/).slice(0, 3).map(Number);
  for (const [index, wanted] of other.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part - wanted;
  }
  return 0;
}

function diagnoseHome({ codexHome }: DoctorFacts): readonly Diagnosis[] {
  if (codexHome.exists) return [];
  const why = 'Codex refuses to start when CODEX_HOME names a folder that does not exist.';
  return [fail('codex-home', `${codexHome.path} does not exist.`, why, `mkdir -p ${codexHome.path}`)];
}

function diagnoseConfig({ input, strictLoad }: DoctorFacts): readonly Diagnosis[] {
  const findings = runLint(input).filter(({ severity }) => severity !== 'info');
  const diagnoses = findings.map(({ rule, severity, place, message, fix }): Diagnosis => {
    const where = place === undefined ? '' : `${place.path}:${place.line}: `;
    const status = severity === 'error' ? 'fail' : 'warning';
    return { id: `config.${rule}`, status, what: `${where}${message}`, why: whyOf(severity), fix };
  });
  if (strictLoad?.kind === 'refused' && !findings.some(({ severity }) => severity === 'error')) {
    const unknown = strictLoad.message.includes('unknown configuration field');
    const why = unknown ? 'It has no effect.' : 'Codex refuses to start.';
    const fix = 'Correct the place that the message names.';
    const found = unknown ? warn : fail;
    return [...diagnoses, found('config.codex', `Codex says: ${strictLoad.message}`, why, fix)];
  }
  return diagnoses.length > 0 ? diagnoses : [ok('config', 'the configuration of Codex has no errors')];
}

const whyOf = (severity: string): string =>
  severity === 'error' ? 'Codex refuses to start, or its requests fail.' : 'It is not what it looks like.';

function diagnoseModel({ knownModels }: DoctorFacts, context: LintContext): readonly Diagnosis[] {
  const model = effectiveValue(context, ['model']);
  const hasCatalogue = effectiveValue(context, ['model_catalog_json']) !== undefined;
  if (model === undefined || typeof model.value !== 'string' || hasCatalogue || knownModels.length === 0) return [];
  const name = model.value.slice(model.value.lastIndexOf('/') + 1);
  // Codex takes the longest known name that the model's name begins with.
  if (knownModels.some((known) => name.startsWith(known))) return [];
  const why =
    'Codex assumes a context window of 272,000 tokens and a general prompt for it, and offers it no apply_patch.';
  const fix = 'Name a model that Codex knows, or set model_context_window and model_catalog_json.';
  return [warn('model-unknown', `Codex does not know the model "${model.value}".`, why, fix)];
}

function diagnoseAuth({ command, timeoutMs, outcome }: AuthCommandFact): readonly Diagnosis[] {
  const id = 'auth-command';
  const why = 'Codex then sends requests without a key, and runs the command up to nine times at each start.';
  const byHand = `Run it by hand: ${command}`;
  switch (outcome.kind) {
    case 'not-started':
      return [fail(id, `The command that prints the key cannot be started: ${command}`, why, 'Correct auth.command.')];
    case 'timed-out':
      return [
        fail(
          id,
          `The command that prints the key takes longer than ${timeoutMs} ms: ${command}`,
          why,
          'Raise auth.timeout_ms.',
        ),
      ];
    case 'failed':
      return [
        fail(id, `The command that prints the key ends with exit code ${outcome.exitCode}: ${command}`, why, byHand),
      ];
    case 'printed':
      return diagnosePrinted(command, timeoutMs, outcome, byHand, why);
  }
}

function diagnosePrinted(
  command: string,
  timeoutMs: number,
  { lines, durationMs }: { readonly lines: number; readonly durationMs: number },
  byHand: string,
  why: string,
): readonly Diagnosis[] {
  const id = 'auth-command';
  if (lines === 0) return [fail(id, `The command that prints the key prints nothing: ${command}`, why, byHand)];
  if (lines > 1) {
    const what = `The command that prints the key prints ${lines} lines: ${command}`;
    return [
      fail(id, what, 'Codex takes all of it for the key, and leaves the header out.', 'Let it print the key alone.'),
    ];
  }
  if (durationMs > timeoutMs / 2) {
    const what = `The command that prints the key took ${durationMs} of ${timeoutMs} ms: ${command}`;
    return [warn(id, what, 'A slower moment, and requests go out without a key.', 'Raise auth.timeout_ms.')];
  }
  return [ok(id, `the command that prints the key answers in ${durationMs} ms`)];
}

function diagnoseGateway({ address, configured, health, acceptsKey, catalogue }: GatewayFact): readonly Diagnosis[] {
  const why = 'Every request of Codex goes there.';
  const isStale = configured !== undefined && hostOf(configured) !== hostOf(address);
  if (health === 'down' && isStale) {
    const what = `Codex asks ${address}, but the gateway listens at ${configured}.`;
    return [fail('gateway-stale', what, why, 'holdfast codex connect, in the form you used before')];
  }
  if (health === 'down') {
    const fix = 'holdfast up. Until then: holdfast codex bypass PROVIDER, or holdfast codex disconnect';
    return [fail('gateway-down', `Nothing answers at ${address}.`, why, fix)];
  }
  if (health === 'something-else') {
    const what = `What answers at ${address} is not a Holdfast gateway.`;
    return [
      fail(
        'gateway-other',
        what,
        why,
        'Stop the other program, or let the gateway listen elsewhere and connect again.',
      ),
    ];
  }
  if (acceptsKey === false) {
    const fix = 'holdfast codex connect. Was HOLDFAST_HOME another one when the gateway was started?';
    return [fail('gateway-key', `The gateway at ${address} refuses the key that Codex sends.`, why, fix)];
  }
  const up = ok('gateway', `the gateway at ${address} is up`);
  if (catalogue === undefined || catalogue.kind === 'unclear') return [up];
  if (catalogue.kind === 'accepted') return [up, ok('gateway-catalogue', 'Codex takes the models that it lists')];
  const what = `Codex does not take the models that the gateway at ${address} lists: ${catalogue.message}`;
  const consequence = 'Codex says nothing about that, and treats the models as it would without the gateway.';
  return [up, warn('gateway-catalogue', what, consequence, 'Install the newest Holdfast and the newest Codex.')];
}

const hostOf = (address: string): string => (URL.parse(address)?.host ?? address).replace('localhost', '127.0.0.1');

function diagnoseHoldfastConfig({ holdfastConfig }: DoctorFacts): readonly Diagnosis[] {
  if (holdfastConfig === undefined) return [];
  const { file, errors } = holdfastConfig;
  if (errors.length === 0) return [ok('gateway-config', `${file} can be used`)];
  return errors.map((error) =>
    fail(
      'gateway-config',
      error,
      'The gateway cannot start with it, or keeps running with the one before.',
      'holdfast config check',
    ),
  );
}

function diagnoseProbe({ name, of, outcome }: ProbeFact): Diagnosis {
  const id = `${of === 'gateway' ? 'target' : 'provider'}.${name}`;
  switch (outcome.kind) {
    case 'answered':
      return ok(id, `${name} answers (${(outcome.durationMs / 1000).toFixed(1)} s)`);
    case 'not-tried':
      return { id, status: 'skipped', what: `${name} was not asked: ${outcome.reason}` };
    case 'failed': {
      const why = of === 'gateway' ? 'The gateway cannot fail over to it.' : 'Codex gets the same answer.';
      return fail(id, `${name} does not answer: ${outcome.reason}`, why, fixOf(outcome.reason));
    }
  }
}

function diagnoseCatalogue({ name, outcome }: ProbeFact): readonly Diagnosis[] {
  if (outcome.kind !== 'answered' || outcome.catalogueProblem === undefined) return [];
  const what = `Codex cannot use the model catalogue of ${name}: ${outcome.catalogueProblem}`;
  const why = 'It says so in its log only, and takes the models for what it knows, or does not know, by itself.';
  return [warn('catalogue', what, why, `Correct model_providers.${name}.model_catalog_url, or remove it.`)];
}

/** What to do about the usual reasons. */
function fixOf(reason: string): string {
  if (/key could not be obtained/.test(reason)) return 'Set the variable or correct the command that gives its key.';
  if (/rejected the key|401|403/.test(reason)) return 'Renew the key, or grant it access to the model.';
  if (/withdrawn or unknown|404/.test(reason))
    return 'Correct the model or the address; the model may have been withdrawn.';
  if (/does not resolve|refused|TLS|connect/.test(reason)) return 'Check the address, the proxy and the certificates.';
  if (/credit|quota|rate/.test(reason)) return "Look at the account's limits and billing.";
  return 'Ask again in a minute; if it stays, ask the provider.';
}

const missingCertificate = (variable: string): Diagnosis =>
  fail(
    'certificates',
    `${variable} names a file that does not exist.`,
    'Codex says nothing about that, and "waits for network".',
    `Correct or unset ${variable}.`,
  );

function diagnoseActivation({ expiredActivation }: DoctorFacts): readonly Diagnosis[] {
  if (expiredActivation === undefined) return [];
  const what = `"${expiredActivation.target}" is still activated, although its time is over.`;
  return [
    warn('activation-expired', what, 'It was meant for an emergency that should be over.', 'holdfast deactivate'),
  ];
}

function diagnoseSessions({ sessions }: DoctorFacts, context: LintContext): readonly Diagnosis[] {
  const known = new Set([...BUILT_IN_IDS, activeProviderId(context), ...providersOf(context).map(({ id }) => id)]);
  return [...sessions]
    .filter(([provider]) => !known.has(provider))
    .map(([provider, count]) =>
      warn(
        'sessions',
        `${count} recent session${count === 1 ? '' : 's'} began with the provider "${provider}", which is not configured any more.`,
        'Codex binds a session to its provider: these cannot be resumed.',
        `Configure "${provider}" again, or continue in a copy: codex exec fork ID "…"`,
      ),
    );
}

/** Checks of Codex's own doctor that Holdfast does not make better itself. */
const COVERED = /^(auth\.credentials|config\.load|updates\.status|terminal\.)/;
const REACHABILITY = 'network.provider_reachability';

function diagnoseCodexDoctor({ codexDoctor, probes, gateway, input }: DoctorFacts): readonly Diagnosis[] {
  const hasAsked = gateway !== undefined || probes.some(({ outcome }) => outcome.kind !== 'not-tried');
  // It cannot be told which profile to look at: what it says of the network is about another provider then.
  const isElsewhere = (id: string): boolean => input.profile !== undefined && id.startsWith('network.');
  return codexDoctor
    .filter(({ id, status }) => status !== 'ok' && !COVERED.test(id) && !isElsewhere(id))
    .filter(({ id }) => !(hasAsked && id === REACHABILITY))
    .map(({ id, status, summary, remediation }): Diagnosis => {
      const found = status === 'fail' ? fail : warn;
      return found(`codex.${id}`, summary, 'Codex reports it in "codex doctor".', remediation ?? 'codex doctor');
    });
}
