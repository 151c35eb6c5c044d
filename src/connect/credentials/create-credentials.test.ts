import { beforeEach, describe, expect, test } from 'bun:test';
import { inspect } from 'node:util';
import { GatewayError } from '../../core/failures.ts';
import type { Clock } from '../../core/ports.ts';
import type { KeySource, Provider } from '../../core/target.ts';
import { createCredentials } from './create-credentials.ts';
import type { CommandOutcome, CommandRequest } from './run-command.ts';
import { sealSecret } from './seal-secret.ts';

const SECRET = 'sk-very-secret-123';

let nowMs = 0;
const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, after: () => () => {} };

const providerWith = (key: KeySource): Provider => {
  const timeouts = { connectMs: 1, headersMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };
  return {
    id: 'p',
    wire: 'responses',
    baseUrl: 'http://127.0.0.1:1',
    key,
    auth: 'bearer',
    headers: {},
    firstParty: false,
    stateDomain: 'p',
    timeouts,
  };
};

/** Commands that end when the test says so. */
function fakeCommands() {
  const requests: CommandRequest[] = [];
  const waiting: ((outcome: CommandOutcome) => void)[] = [];
  const runCommand = (request: CommandRequest): Promise<CommandOutcome> => {
    requests.push(request);
    return new Promise((resolve) => waiting.push(resolve));
  };
  const finish = async (outcome: CommandOutcome): Promise<void> => {
    waiting.shift()?.(outcome);
    await Bun.sleep(0);
  };
  return {
    requests,
    runCommand,
    print: (stdout: string) => finish({ kind: 'done', stdout }),
    fail: (problem: string) => finish({ kind: 'failed', problem }),
  };
}

async function errorOf(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => new Error('nothing failed'),
    (cause: unknown) => cause,
  );
  if (!(error instanceof GatewayError)) throw error;
  return error;
}

beforeEach(() => {
  nowMs = 1000;
});

describe("AWS's keys", () => {
  const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'very/secret+123' };
  const fromEnvironment = (env: Record<string, string>) =>
    createCredentials({ clock, env, runCommand: fakeCommands().runCommand }).obtain(providerWith({ kind: 'aws-env' }));
  const VARIABLES = { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey };

  test.each([
    ['of a user', VARIABLES, KEYS],
    ['that are temporary', { ...VARIABLES, AWS_SESSION_TOKEN: 'token==' }, { ...KEYS, sessionToken: 'token==' }],
  ])('from the environment, %s: one secret', async (_name, env, keys) => {
    expect(JSON.parse((await fromEnvironment(env)).reveal() ?? '')).toEqual(keys);
  });

  test.each([
    ['nothing', {}, 'env_not_set'],
    ['half of them', { AWS_ACCESS_KEY_ID: 'AKID' }, 'env_not_set'],
    ['a line end in one', { ...VARIABLES, AWS_SESSION_TOKEN: 'a\nb: c' }, 'env_not_one_line'],
  ])('from the environment, %s: a named failure', async (_name, env, code) => {
    expect((await errorOf(fromEnvironment(env))).failure).toMatchObject({ upstreamCode: code });
  });

  const PRINTED = { Version: 1, AccessKeyId: 'AKID', SecretAccessKey: 'very/secret+123' };
  async function printing(stdout: string) {
    const commands = fakeCommands();
    const source: KeySource = {
      kind: 'command',
      command: 'aws',
      args: [],
      timeoutMs: 1,
      refreshIntervalMs: 0,
      prints: 'aws',
    };
    const obtained = createCredentials({ clock, env: {}, runCommand: commands.runCommand }).obtain(
      providerWith(source),
    );
    obtained.catch(() => {});
    await commands.print(stdout);
    return obtained;
  }

  test.each([
    [
      'as the AWS command line prints them',
      JSON.stringify({ ...PRINTED, SessionToken: 't' }, null, 2),
      { ...KEYS, sessionToken: 't' },
    ],
    ['without a session', JSON.stringify({ ...PRINTED, SessionToken: null }), KEYS],
  ])('from a command, %s', async (_name, stdout, keys) => {
    expect(JSON.parse((await printing(stdout)).reveal() ?? '')).toEqual(keys);
  });

  test.each([
    ['a bare key', 'AKID'],
    ['an error page', '<html>very/secret+123</html>'],
    ['half of them', '{"AccessKeyId":"AKID"}'],
    ['a session that is no text', JSON.stringify({ ...PRINTED, SessionToken: {} })],
    ['an array', '[]'],
  ])('from a command, %s: a named failure that shows nothing of it', async (_name, stdout) => {
    const error = await errorOf(printing(stdout));
    expect(error.failure).toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE', upstreamCode: 'command_output_no_aws_keys' });
    expect(inspect(error)).not.toMatch(/AKID|very\/secret/);
  });
});

describe('fixed keys', () => {
  const env = { GOOD: ` ${SECRET}\n`, EMPTY: ' ', TWO: `${SECRET}\nx`, BAD: `${SECRET} x`, UMLAUT: 'schlüssel' };
  const credentials = createCredentials({ clock, env, runCommand: fakeCommands().runCommand });
  const obtain = (key: KeySource) => credentials.obtain(providerWith(key));

  test('none reveals nothing, and nothing is wrong with that', async () => {
    expect((await obtain({ kind: 'none' })).reveal()).toBeUndefined();
  });

  test('an environment variable, without the white space around it', async () => {
    expect((await obtain({ kind: 'env', name: 'GOOD' })).reveal()).toBe(SECRET);
  });

  test('a literal', async () => {
    expect((await obtain({ kind: 'literal', value: SECRET })).reveal()).toBe(SECRET);
  });

  test.each([
    ['a missing variable', { kind: 'env', name: 'MISSING' }, 'env_not_set'],
    ['an empty variable', { kind: 'env', name: 'EMPTY' }, 'env_empty'],
    ['a variable of two lines', { kind: 'env', name: 'TWO' }, 'env_not_one_line'],
    ['a variable of two words', { kind: 'env', name: 'BAD' }, 'env_not_a_key'],
    ['a variable beyond ASCII', { kind: 'env', name: 'UMLAUT' }, 'env_not_a_key'],
    ['an empty literal', { kind: 'literal', value: '' }, 'key_empty'],
    [
      'a literal with a line end, which would end the header',
      { kind: 'literal', value: `${SECRET}\r\nx: y` },
      'key_not_one_line',
    ],
  ] as const)('%s is refused, by name and without its value', async (_name, key, upstreamCode) => {
    const error = await errorOf(obtain(key));
    expect(error.failure).toEqual({ code: 'CREDENTIAL_UNAVAILABLE', upstreamCode });
    expect(inspect(error)).not.toContain(SECRET);
    if (key.kind === 'env') expect(error.message).toContain(key.name);
  });

  test('they cannot be renewed', () => {
    expect(credentials.invalidate(providerWith({ kind: 'literal', value: 'x' }))).toBe(false);
    expect(credentials.invalidate(providerWith({ kind: 'env', name: 'GOOD' }))).toBe(false);
  });
});

describe('keys from commands', () => {
  const source = {
    kind: 'command',
    command: 'print-key',
    args: ['-q'],
    timeoutMs: 500,
    refreshIntervalMs: 100_000,
  } as const;
  const provider = providerWith(source);
  const setUp = (env: Record<string, string> = {}) => {
    const commands = fakeCommands();
    const credentials = createCredentials({ clock, env, runCommand: commands.runCommand });
    return { commands, credentials, obtain: (from = provider) => credentials.obtain(from) };
  };
  const withKey = async (key: string, from = provider) => {
    const set = setUp();
    const obtained = set.obtain(from);
    await set.commands.print(`${key}\n`);
    await obtained;
    return set;
  };

  test('one run serves all who wait, and later ones; the child gets no other secrets', async () => {
    const { commands, obtain } = setUp({
      PATH: '/bin',
      HOME: '/h',
      OPENAI_API_KEY: SECRET,
      HTTPS_PROXY: 'http://proxy:1',
    });
    const both = Promise.all([obtain(), obtain()]);
    await commands.print(`${SECRET}\n`);
    expect((await both).map((credential) => credential.reveal())).toEqual([SECRET, SECRET]);
    expect((await obtain()).reveal()).toBe(SECRET);
    const env = { PATH: '/bin', HOME: '/h', HTTPS_PROXY: 'http://proxy:1' };
    expect(commands.requests).toEqual([
      { command: 'print-key', args: ['-q'], cwd: undefined, env, timeoutMs: 500, maxOutputBytes: 65_536 },
    ]);
  });

  test('a reloaded configuration with the same command keeps the key', async () => {
    const { commands, obtain } = await withKey('k1');
    expect((await obtain(providerWith({ ...source }))).reveal()).toBe('k1');
    expect(commands.requests).toHaveLength(1);
  });

  test('shortly before its end it is renewed in the background', async () => {
    const { commands, obtain } = await withKey('k1');
    nowMs += 79_000;
    expect((await obtain()).reveal()).toBe('k1');
    expect(commands.requests).toHaveLength(1);
    nowMs += 2000;
    expect((await obtain()).reveal()).toBe('k1');
    expect((await obtain()).reveal()).toBe('k1');
    expect(commands.requests).toHaveLength(2);
    await commands.print('k2');
    expect((await obtain()).reveal()).toBe('k2');
  });

  test('one that lapsed unused is renewed before it is used', async () => {
    const { commands, obtain } = await withKey('k1');
    nowMs += 500_000;
    const renewed = obtain();
    await commands.print('k2');
    expect((await renewed).reveal()).toBe('k2');
  });

  test('when renewals fail, the last good key stays in use, and the command is not run for every request', async () => {
    const { commands, obtain } = await withKey('k1');
    nowMs += 500_000;
    const renewed = obtain();
    await commands.fail('command_exit_1');
    expect((await renewed).reveal()).toBe('k1');
    expect((await obtain()).reveal()).toBe('k1');
    expect(commands.requests).toHaveLength(2);
    nowMs += 1000;
    const later = obtain();
    expect(commands.requests).toHaveLength(3);
    await commands.print('k2');
    expect((await later).reveal()).toBe('k2');
  });

  test('with an interval of 0 it is kept until it is rejected', async () => {
    const { commands, obtain, credentials } = await withKey('k1', providerWith({ ...source, refreshIntervalMs: 0 }));
    nowMs += 1e9;
    expect((await obtain(providerWith({ ...source, refreshIntervalMs: 0 }))).reveal()).toBe('k1');
    expect(credentials.invalidate(provider)).toBe(true);
    const fresh = obtain();
    await commands.print('k2');
    expect((await fresh).reveal()).toBe('k2');
  });

  test('a rejected key is not used again, even when no other can be had', async () => {
    const { commands, obtain, credentials } = await withKey('k1');
    nowMs += 20_000;
    expect(credentials.invalidate(provider)).toBe(true);
    const failed = errorOf(obtain());
    await commands.fail('command_exit_1');
    expect((await failed).failure).toEqual({ code: 'CREDENTIAL_UNAVAILABLE', upstreamCode: 'command_exit_1' });
  });

  test('a provider that rejects every key does not make the command run in a loop', async () => {
    const { commands, obtain, credentials } = await withKey('k1');
    nowMs += 9000;
    expect(credentials.invalidate(provider)).toBe(false);
    expect((await obtain()).reveal()).toBe('k1');
    expect(commands.requests).toHaveLength(1);
  });

  test('a broken command rests 1 s, 2 s, 4 s, at most 30 s', async () => {
    const { commands, obtain } = setUp();
    const rests: number[] = [];
    for (let run = 1; run <= 8; run++) {
      const failed = errorOf(obtain());
      await commands.fail('command_not_found');
      await failed;
      const startMs = nowMs;
      while (commands.requests.length === run) {
        nowMs += 500;
        obtain().catch(() => {});
      }
      rests.push(nowMs - startMs);
    }
    expect(rests).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test.each([
    ['nothing', ' \n', 'command_output_empty'],
    ['several lines', `${SECRET}\nWARNING: old version`, 'command_output_not_one_line'],
    ['an error message', `ERROR ${SECRET} expired`, 'command_output_not_a_key'],
    ['a control character', `${SECRET}\u0007`, 'command_output_not_a_key'],
    ['bytes that are no text', `${SECRET}\uFFFD`, 'command_output_not_a_key'],
  ])('a command that prints %s is refused without quoting it', async (_name, stdout, upstreamCode) => {
    const { commands, obtain } = setUp();
    const failed = errorOf(obtain());
    await commands.print(stdout);
    const error = await failed;
    expect(error.failure).toEqual({ code: 'CREDENTIAL_UNAVAILABLE', upstreamCode });
    expect(error.message).toContain("'print-key'");
    expect(inspect(error)).not.toContain(SECRET);
  });
});

describe('a sealed secret', () => {
  const sealed = sealSecret(SECRET);

  test.each<[string, () => string]>([
    ['JSON', () => JSON.stringify({ sealed })],
    ['String()', () => String(sealed)],
    ['a template', () => `${sealed}`],
    ['util.inspect with all it can do', () => inspect({ sealed }, { depth: null, showHidden: true, getters: true })],
    ['Bun.inspect', () => Bun.inspect({ sealed })],
    ['an error cause', () => inspect(new Error('x', { cause: new Error('y', { cause: sealed }) }))],
  ])('%s shows a placeholder', (_name, show) => {
    expect(show()).not.toContain(SECRET);
    expect(show()).toContain('[secret]');
  });

  test('copies and listings show nothing either', () => {
    expect(Bun.inspect(Object.assign(new Error('x'), { sealed }))).not.toContain(SECRET);
    expect(JSON.stringify([{ ...sealed }, Object.entries(sealed), structuredCloneOf(sealed)])).not.toContain(SECRET);
  });

  test('console output shows a placeholder', () => {
    const script = `
      import { sealSecret } from ${JSON.stringify(new URL('./seal-secret.ts', import.meta.url).href)};
      const sealed = sealSecret(${JSON.stringify(SECRET)});
      console.log(sealed, { sealed }, '%s', sealed); console.error(sealed); console.log('%s %o %j', sealed, sealed, sealed);
      console.dir({ sealed }, { depth: 9 }); console.table([{ sealed }]);
      throw Object.assign(new Error('x', { cause: sealed }), { sealed });`;
    const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, '-e', script]);
    const output = `${stdout}${stderr}`;
    expect(exitCode).toBe(1);
    expect(output).toContain('[secret]');
    // The uncaught error prints the source line it came from, not the literal two lines above it.
    expect(output.replaceAll(`sealSecret("${SECRET}")`, '')).not.toContain(SECRET);
  });

  function structuredCloneOf(value: unknown): unknown {
    try {
      return structuredClone(value);
    } catch {
      return 'cannot be cloned';
    }
  }
});
