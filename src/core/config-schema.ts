/**
 * The shape of `holdfast.toml`: the one place that says which keys exist, what they mean and what they default to.
 * `schema/holdfast.schema.json` and `docs/config.md` are generated from it. A message says what a value must be; the
 * key's path is put before it. What relates several keys to each other is checked in `decide/config/`.
 */
import * as z from 'zod';
import { DURATION_PATTERN, parseDuration } from './parse-duration.ts';

/** Node's and Bun's timers hold 31 bits of ms: a longer wait would fire at once. */
const LONGEST_WAIT_MS = 24 * 86_400_000;
const TEN_YEARS_MS = 3650 * 86_400_000;
const MEBIBYTE = 1_048_576;

const text = (mustBe: string) => z.string(mustBe).min(1, mustBe);
const flag = () => z.boolean('must be true or false');
const list = <T extends z.ZodType>(item: T, mustBe: string) => z.array(item, mustBe);
const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.map((value) => `"${value}"`).join(', ')}`);

const table = <T extends z.core.$ZodShape>(shape: T) => z.strictObject(shape, 'must be a table');

function wholeNumber(min: number, max: number) {
  const mustBe = `must be a whole number from ${min} to ${max}`;
  return z.int(mustBe).min(min, mustBe).max(max, mustBe);
}

function duration(minMs = 1, maxMs = LONGEST_WAIT_MS) {
  const range = minMs > 0 ? 'longer than nothing' : '"0s" or longer';
  return z
    .string({
      error: ({ input }) =>
        typeof input === 'number' || typeof input === 'bigint'
          ? 'must say its unit: a number alone could mean seconds or milliseconds. Write "5s", "1.5m" or "200ms"'
          : 'must be a duration in quotes, such as "5s", "1.5m" or "200ms"',
    })
    .regex(DURATION_PATTERN, {
      error: 'must be a number and a unit (ms, s, m, h or d), such as "5s", "1.5m" or "200ms"',
      abort: true,
    })
    .refine(
      (value) => {
        const ms = parseDuration(value);
        return ms !== undefined && ms >= minMs && ms <= maxMs;
      },
      `must be ${range} and at most ${maxMs / 86_400_000}d`,
    );
}

const commandKeySchema = table({
  /** A program that prints the key. Run directly, without a shell; nothing else of its output is used. */
  command: text('must be the name or path of a program').describe(
    'A program that prints the key. Run directly, without a shell.',
  ),
  /** Its arguments. Default: none. */
  args: list(z.string('must be a string'), 'must be a list of strings').default([]).describe('Its arguments.'),
  /** Its working directory, relative to the configuration file. Default: the folder of the configuration file. */
  cwd: text('must be a path')
    .optional()
    .describe(
      'Its working directory, relative to the configuration file. Default: the folder of the configuration file.',
    ),
  /** It is stopped after this many ms. Default 5,000. */
  timeout_ms: wholeNumber(1, 600_000).default(5_000).describe('It is stopped after this many milliseconds.'),
  /** Run again after this many ms; 0 = only when the provider rejects the key. Default 300,000. */
  refresh_interval_ms: wholeNumber(0, LONGEST_WAIT_MS)
    .default(300_000)
    .describe('It is run again after this many milliseconds; 0 = only when the provider rejects the key.'),
});

const envKeySchema = table({
  /** Name of the environment variable that holds the key. */
  env: text('must be the name of an environment variable, such as "OPENAI_API_KEY"').describe(
    'Name of the environment variable that holds the key.',
  ),
});

const KEY_FORMS = 'must be { env = "NAME" }, { command = "program", args = [...] } or "none"';

const keySchema = z.union(
  [
    envKeySchema,
    commandKeySchema,
    z
      .string(KEY_FORMS)
      .min(1, KEY_FORMS)
      .describe('"none", or the key itself (not recommended: prefer an environment variable or a command).'),
  ],
  KEY_FORMS,
);

const serverSchema = table({
  /** Address and port. Default "127.0.0.1:4141". */
  listen: z
    .string('must be an address and a port, such as "127.0.0.1:4141"')
    .default('127.0.0.1:4141')
    .describe(
      'Address and port to listen on. Anything but a loopback address needs `server.key`. HOLDFAST_LISTEN in the environment overrides it.',
    ),
  /** The gateway's own key. Default: a random local key in `$HOLDFAST_HOME`. */
  key: z
    .union([envKeySchema, commandKeySchema, z.string(KEY_FORMS).min(1, KEY_FORMS)], KEY_FORMS)
    .optional()
    .describe('The key that clients must send. Default: a random local key, printed by `holdfast token`.'),
  /** Further values of the Host header that are accepted, without port. Default: none. */
  allowed_hosts: list(text('must be a host name without port'), 'must be a list of host names')
    .default([])
    .describe('Further values of the Host header that are accepted, without port. Loopback names always are.'),
  /** Largest request body. Default 64 MiB. */
  max_body_bytes: wholeNumber(1024, 1024 * MEBIBYTE)
    .default(64 * MEBIBYTE)
    .describe('Largest request body that is accepted, in bytes.'),
  /** Largest single upstream event. Default 32 MiB. */
  max_event_bytes: wholeNumber(1024, 1024 * MEBIBYTE)
    .default(32 * MEBIBYTE)
    .describe('Largest single event that an upstream may send, in bytes.'),
  /** Open exchanges at once. Default 2,000. */
  max_exchanges: wholeNumber(1, 1_000_000)
    .default(2_000)
    .describe('Exchanges open at once; further requests are asked to come back.'),
  /** Default 60 s. */
  body_timeout: duration().default('60s').describe('A request body must arrive within this time.'),
  /** Default 60 s. */
  client_stall: duration().default('60s').describe('A client that reads nothing for this long is dropped.'),
  /** Default 15 s. */
  keep_alive: duration()
    .default('15s')
    .describe('While nothing can be sent, an event is repeated this often, so that the client keeps waiting.'),
  /** Default 30 s. */
  grace: duration(0).default('30s').describe('Running streams may finish for this long after a stop signal.'),
});

const timeoutsSchema = table({
  /** Default 5 s. */
  connect: duration().default('5s').describe('Until the connection stands: name, TCP and TLS together.'),
  /** Default 60 s. */
  headers: duration().default('60s').describe('Until the response headers arrive.'),
  /** Default 90 s. */
  first_event: duration().default('90s').describe('Until the first event that carries output.'),
  /** Default 60 s. */
  idle: duration().default('60s').describe('Longest silence between two events.'),
  /** Default 30 min. */
  total: duration().default('30m').describe('One attempt from its start to its end.'),
});

/** The same keys for one provider or target, without defaults: what is not set is inherited. */
const timeoutOverridesSchema = table({
  connect: duration().optional().describe('Until the connection stands: name, TCP and TLS together.'),
  headers: duration().optional().describe('Until the response headers arrive.'),
  first_event: duration().optional().describe('Until the first event that carries output.'),
  idle: duration().optional().describe('Longest silence between two events.'),
  total: duration().optional().describe('One attempt from its start to its end.'),
});

const retrySchema = table({
  /** Default 0.2. */
  budget_ratio: z
    .number('must be a number from 0 to 10')
    .min(0, 'must be a number from 0 to 10')
    .max(10, 'must be a number from 0 to 10')
    .default(0.2)
    .describe('Extra attempts that may be made per request on average, over the whole gateway.'),
  /** Default 20. */
  budget_burst: wholeNumber(0, 100_000).default(20).describe('Extra attempts that may be saved up.'),
  /** Default 2. */
  same_target: wholeNumber(0, 100).default(2).describe('Repeats on the same target within one request.'),
  /** Default 200 ms. */
  backoff: duration(0)
    .default('200ms')
    .describe('First wait before a repeat on the same target; doubled each time, give or take 20 %.'),
  /** Default 3. */
  continuations_per_turn: wholeNumber(0, 100)
    .default(3)
    .describe('How often in a row one turn may be ended early so that the client asks again elsewhere.'),
  /** Default 0 s: off. */
  hedge_after: duration(0)
    .default('0s')
    .describe('Start a second attempt elsewhere when no useful event came in this time; "0s" is off.'),
});

const healthSchema = table({
  /** Default 3. */
  consecutive_failures: wholeNumber(1, 1000).default(3).describe('Failures in a row after which a target is ejected.'),
  /** Default 10 s. */
  base_ejection: duration().default('10s').describe('First ejection; multiplied by the number of ejections in a row.'),
  /** Default 5 min. */
  max_ejection: duration().default('5m').describe('Longest ejection.'),
  /** Default 10 min. */
  max_hint: duration().default('10m').describe("Longest rest that a provider's own wait hint may cause."),
  /** Default 60 s. */
  base_withdrawn: duration()
    .default('60s')
    .describe('First rest after a withdrawal (key rejected, model gone, no credit, region refused).'),
  /** Default 15 min. */
  max_withdrawn: duration().default('15m').describe('Longest rest after a withdrawal.'),
});

const ledgerSchema = table({
  /** Default true. */
  enabled: flag().default(true).describe('Keep a row per exchange (times, targets, tokens; never content).'),
  /** Default `$HOLDFAST_HOME/ledger.sqlite`. */
  file: text('must be a path')
    .optional()
    .describe(
      'Path of the SQLite file, relative to the configuration file. Default: ledger.sqlite in $HOLDFAST_HOME (~/.holdfast).',
    ),
  /** Default 30 days. */
  keep: duration(1, TEN_YEARS_MS).default('30d').describe('Rows older than this are deleted.'),
});

const WIRES = ['responses', 'chat', 'messages', 'gemini', 'vertex', 'converse'] as const;
const AUTH_KINDS = ['bearer', 'api-key', 'x-api-key', 'x-goog-api-key', 'sigv4'] as const;
const DEPLOYMENTS = ['global', 'data-zone-eu', 'data-zone-us', 'regional'] as const;

/** TOML has dates and numbers that JSON has not. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (value instanceof Date) return false;
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isJson);
  return true;
}

const providerSchema = table({
  /** Default: none, then `wire`, `base_url` and `key` must be given. */
  preset: text('must be the name of a preset')
    .optional()
    .describe(
      'A provider that Holdfast knows: endpoint, wire, quirks and jurisdiction come from the catalogue. Default: none; then wire, base_url and key must be given.',
    ),
  /** Default: the preset's. */
  wire: choice(WIRES).optional().describe("The API it speaks. Default: the preset's."),
  /** Default: the preset's. */
  base_url: z
    .string('must be an address, such as "https://api.openai.com/v1"')
    .optional()
    .describe(
      "What stands before /responses, /chat/completions, /messages or /models, and at Bedrock's Converse before /model. Default: the preset's.",
    ),
  /** Default: the preset's environment variable. */
  key: keySchema
    .optional()
    .describe('Where the key comes from. Default: the environment variable that the preset names.'),
  /** Default: the preset's, else "bearer". */
  auth: choice(AUTH_KINDS)
    .optional()
    .describe(
      'How the key travels: "bearer" in Authorization, else in the header of that name. "sigv4" signs requests to AWS: with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or with what a key command prints (aws configure export-credentials). Default: the preset\'s, else "bearer".',
    ),
  /** Default: none. */
  headers: z
    .record(z.string(), z.string('must be a string'), 'must be a table of strings')
    .default({})
    .describe('Further headers to send. Not for keys.'),
  /** Default: the preset's. */
  dialect: text('must be the name of a dialect')
    .optional()
    .describe("A vendor's quirks on that wire. Default: the preset's."),
  /** Default: none. */
  extra_body: z
    .record(z.string(), z.unknown().refine(isJson, 'must be what JSON can say'), 'must be a table')
    .optional()
    .describe(
      'Further fields of every request\'s body, on the wires "chat" and "messages", e.g. { provider = { order = ["x"] } }. They win over those that Holdfast writes. Default: none.',
    ),
  /** Default: unknown. */
  deployment: choice(DEPLOYMENTS).optional().describe('Where a cloud deployment may process. Default: unknown.'),
  /** Default: unknown. */
  region: z
    .string('must be the name of a region, such as "eu-central-1"')
    .regex(/^[a-z0-9-]{1,40}$/, 'must be the name of a region, such as "eu-central-1"')
    .optional()
    .describe("The provider's region; some presets put it into the address. Default: unknown."),
  /** Default: the preset's, else unknown. */
  jurisdiction: z
    .string('must be a country code such as "DE", or "EU"')
    .regex(/^[A-Z]{2}$/, 'must be a country code such as "DE", or "EU"')
    .optional()
    .describe('Whose law can order it off: a country code, or "EU". Default: the preset\'s, else unknown.'),
  /** Default: the preset's, else unknown. */
  lab: text('must be the name of a lab, such as "openai"')
    .optional()
    .describe("Who made its models. Default: the preset's, else unknown."),
  /** Default: the provider's name. */
  state_domain: text('must be a name')
    .optional()
    .describe(
      "Providers with the same state domain can read each other's opaque reasoning. Default: the provider's own name.",
    ),
  /** Default: `[timeouts]`. */
  timeouts: timeoutOverridesSchema.optional().describe('Overrides of [timeouts] for this provider. Default: as there.'),
});

const targetSchema = table({
  provider: text('must be the name of a provider').describe('Name of a provider of this file.'),
  /** Default: the model that the client asked for. */
  model: text('must be the name of a model')
    .optional()
    .describe('Model or deployment name to send. Default: the one the client asked for.'),
  /** Default: decided by the names. */
  same_model: flag()
    .optional()
    .describe('Whether `model` is the requested model under another name. Default: decided by comparing the names.'),
  /** Default: what Codex's own catalogue says, else 128,000. */
  context_window: wholeNumber(1_000, 100_000_000)
    .optional()
    .describe(
      "Tokens that the model takes in all; Codex is told the smallest of a route. Default: what Codex's own catalogue says about the model; if no target's is known, 128,000.",
    ),
  /** Default: by dialect and model. */
  images: flag()
    .optional()
    .describe(
      'Whether the model can see; if not, images are only mentioned. Not for the wire "responses". Default: what is known of the dialect and the model.',
    ),
  /** Default: the vendor's own. */
  max_output_tokens: wholeNumber(1, 10_000_000)
    .optional()
    .describe(
      'Longest answer, where the client sets no limit. Not for the wire "responses". Default: the vendor\'s own, or what is known of the model.',
    ),
  /** Default 1. */
  priority: wholeNumber(1, 1000).default(1).describe('Tier: 1 is tried first.'),
  /** Default 100. */
  weight: z
    .number('must be a number above 0')
    .positive('must be a number above 0; to leave a target out, remove it')
    .max(1_000_000, 'must be at most 1000000')
    .default(100)
    .describe('Share of the traffic within its tier.'),
  /** Default: every failure class that says so. */
  on_error: list(wholeNumber(400, 599), 'must be a list of HTTP statuses, such as [429, 500]')
    .optional()
    .describe('HTTP statuses of this target on which the next one is tried. Default: every failure that allows it.'),
  /** Default: `timeouts.first_event`. */
  on_timeout: duration()
    .optional()
    .describe('Move on when no useful event came in this time. Default: timeouts.first_event.'),
  /** Default: the provider's. */
  timeouts: timeoutOverridesSchema
    .optional()
    .describe("Overrides of the provider's timeouts for this target. Default: as there."),
});

const routeSchema = table({
  id: z
    .string('must be a name')
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be a name of letters, digits, ".", "_" and "-"')
    .describe('Name of the route, for logs, status and blocks.'),
  models: list(
    z
      .string('must be the name of a model')
      .regex(/^[^*\s]+\*?$|^\*$/, 'must be the name of a model; "*" may stand at its end only'),
    'must be a list of model names, such as ["gpt-5.5"]',
  )
    .min(1, 'must name at least one model; "*" serves every model')
    .describe('Models it serves. A "*" at the end matches any rest; an exact name wins over a pattern.'),
  /** Default "notify". */
  substitution: choice(['allow', 'notify', 'deny'])
    .default('notify')
    .describe('Whether another model may answer than the one asked for: silently, with a notice, or never.'),
  /** Default "safe". */
  effects: choice(['safe', 'eager'])
    .default('safe')
    .describe(
      '"safe": a tool call is shown to the client only when the answer is complete, so that no tool runs twice. "eager": at once.',
    ),
  /** Default: "native" where every target takes Codex's own requests as they are, else "portable". */
  tools: choice(['native', 'portable'])
    .optional()
    .describe(
      '"native": Codex uses the tools that it has for the model. "portable": plain functions, which every provider can do. Told to Codex for models that are named in full. Default: "native" where every target takes Codex\'s requests as they are, else "portable".',
    ),
  targets: list(targetSchema, 'must be a list of tables: [[routes.targets]]').describe('Where requests may go.'),
});

export const configSchema = table({
  server: serverSchema.prefault({}).describe('The gateway itself.'),
  timeouts: timeoutsSchema.prefault({}).describe('How long to wait for a provider, phase by phase.'),
  retry: retrySchema.prefault({}).describe('How often to try again.'),
  health: healthSchema.prefault({}).describe('When a target rests, and for how long.'),
  ledger: ledgerSchema.prefault({}).describe('The record of what happened.'),
  providers: z
    .record(z.string(), providerSchema, 'must be a table of providers: [providers.NAME]')
    .describe('Who can be asked, by a name of your choice.'),
  routes: list(routeSchema, 'must be a list of tables: [[routes]]').describe('Which requests go where.'),
});

export type Config = z.output<typeof configSchema>;
export type ProviderConfig = z.output<typeof providerSchema>;
export type RouteConfig = z.output<typeof routeSchema>;
export type KeyConfig = z.output<typeof keySchema>;
export type TimeoutOverrides = z.output<typeof timeoutOverridesSchema>;
