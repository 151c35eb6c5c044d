import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../../core/parse-duration.ts';
import type { ProviderWishes } from '../../../decide/codex-config/codex-presets.ts';
import { CODEX_HOME_OPTION } from './codex-home.ts';

type Pairs = Readonly<Record<string, string>>;

/** What the options of `providers add` and `edit` say. */
export interface ProviderOptions {
  readonly codexHome?: string;
  readonly preset?: string;
  readonly name?: string;
  readonly baseUrl?: string;
  readonly envKey?: string;
  readonly authCommand?: string;
  readonly authArg?: readonly string[];
  readonly query?: Pairs;
  readonly envHeader?: Pairs;
  readonly requestRetries?: number;
  readonly streamRetries?: number;
  readonly idle?: number;
  readonly awsRegion?: string;
  readonly awsProfile?: string;
  readonly set?: Pairs;
  readonly default?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function withProviderOptions(command: Command): Command {
  return command
    .option(...CODEX_HOME_OPTION)
    .option('--name <text>', 'its name in messages')
    .option('--base-url <url>', 'what stands before /responses')
    .option('--env-key <variable>', 'the variable that holds the key')
    .option('--auth-command <program>', 'a program that prints the key, instead of a variable')
    .option('--auth-arg <argument>', 'an argument of that program (repeat)', collect, [])
    .option('--query <name=value>', 'a query parameter of every request (repeat)', collectPair, {})
    .option('--env-header <name=variable>', 'a header whose value a variable holds (repeat)', collectPair, {})
    .option('--request-retries <count>', 'how often a request is repeated (Codex: 4)', wholeNumber)
    .option('--stream-retries <count>', 'how often an interrupted answer is repeated (Codex: 5)', wholeNumber)
    .option('--idle <time>', 'longest silence within an answer, such as 120s (Codex: 5m)', duration)
    .option('--aws-region <region>', 'of the built-in Amazon Bedrock')
    .option('--aws-profile <profile>', 'of the built-in Amazon Bedrock')
    .option('--set <name=value>', "a part of the preset's address, such as resource=myorg (repeat)", collectPair, {})
    .option('--default', 'make it the default provider')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--json', 'print one JSON object');
}

export function readWishes(options: ProviderOptions): ProviderWishes {
  const { authCommand, authArg = [], query = {}, envHeader = {} } = options;
  return {
    name: options.name,
    baseUrl: options.baseUrl,
    envKey: options.envKey,
    authCommand: authCommand === undefined ? undefined : [authCommand, ...authArg],
    query: Object.keys(query).length === 0 ? undefined : query,
    envHeaders: Object.keys(envHeader).length === 0 ? undefined : envHeader,
    requestRetries: options.requestRetries,
    streamRetries: options.streamRetries,
    idleTimeoutMs: options.idle,
    awsRegion: options.awsRegion,
    awsProfile: options.awsProfile,
    parameters: options.set,
  };
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('a whole number is needed.');
  return Number(text);
}

export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('a time such as 120s or 5m is needed.');
  return ms;
}

const collect = (text: string, earlier: readonly string[]): readonly string[] => [...earlier, text];

export function collectPair(text: string, earlier: Pairs): Pairs {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('name=value is needed.');
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}
