import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { CONFIG_PROBLEMS } from '../../core/config-problem.ts';
import { ENVIRONMENT, ERRORS, joinLines, PROVIDER, ROUTE, WARNINGS } from './__fixtures__/mistakes.ts';
import { readSettings, type SettingsReading } from './read-settings.ts';

const context = {
  file: '/etc/holdfast.toml',
  homeDir: '/home/me',
  holdfastHome: '/home/me/.holdfast',
  env: ENVIRONMENT,
};
const readBytes = (bytes: Uint8Array, env: Record<string, string> = ENVIRONMENT): SettingsReading =>
  readSettings(bytes, { ...context, env });
const read = (text: string, env?: Record<string, string>): SettingsReading =>
  readBytes(new TextEncoder().encode(text), env);
const readLines = (...lines: readonly string[]): SettingsReading => read(joinLines(lines));

function settingsOf(reading: SettingsReading) {
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems));
  return reading.settings;
}

describe('mistakes that stop the configuration', () => {
  test.each(ERRORS)('%s', (_name, lines, code, message) => {
    const reading = read(joinLines(lines));
    expect(reading.kind).toBe('invalid');
    expect(reading.problems.map((problem) => `${problem.line}:${problem.column} ${problem.message}`)).toEqual([
      message,
    ]);
    expect(reading.problems[0]).toMatchObject({ code, severity: 'error', file: context.file });
    expect(JSON.stringify(reading.problems)).not.toContain('HIDDEN');
  });
});

describe('mistakes that only warn', () => {
  test.each(WARNINGS)('%s', (_name, lines, code, message) => {
    const reading = read(joinLines(lines));
    expect(reading.kind).toBe('loaded');
    expect(reading.problems.map((problem) => `${problem.line}:${problem.column} ${problem.message}`)).toEqual([
      message,
    ]);
    expect(reading.problems[0]).toMatchObject({ code, severity: 'warning' });
    expect(JSON.stringify(reading.problems)).not.toContain('HIDDEN');
    expect(JSON.stringify(reading.kind === 'loaded' && reading.layers)).not.toContain('HIDDEN');
  });
});

test('every code of the problem table has a row here, or its own test', () => {
  const elsewhere = ['UNREADABLE', 'TOO_LARGE', 'NOT_UTF8'];
  const seen = new Set([...ERRORS, ...WARNINGS].map(([, , code]) => code));
  expect(
    Object.keys(CONFIG_PROBLEMS)
      .filter((code) => !seen.has(code as never))
      .sort(),
  ).toEqual(elsewhere.sort());
});

test('several mistakes are all reported, in the order of the file', () => {
  const reading = readLines(
    '[timeouts]',
    'idle = 5',
    '[server]',
    'lisen = "x"',
    PROVIDER,
    ROUTE.replace('"alpha"', '"beta"'),
    'weight = -1',
  );
  expect(reading.problems.map((problem) => [problem.line, problem.path])).toEqual([
    [2, 'timeouts.idle'],
    [4, 'server.lisen'],
    [13, 'routes[0].targets[0].provider'],
    [14, 'routes[0].targets[0].weight'],
  ]);
  expect(reading.problems.map((problem) => problem.suggestion)).toEqual([undefined, 'listen', undefined, undefined]);
});

test.each([
  ['Windows line ends', (text: string) => text.replaceAll('\n', '\r\n')],
  ['a byte order mark', (text: string) => `\uFEFF${text}`],
  ['no line end at the end', (text: string) => text.trimEnd()],
])('%s change nothing', (_name, change) => {
  const plain = readLines(PROVIDER, ROUTE);
  expect(read(change(joinLines([PROVIDER, ROUTE])))).toEqual(plain);
  expect(plain.kind).toBe('loaded');
});

test('places are right behind Windows line ends and a byte order mark', () => {
  const text = `\uFEFF${joinLines(['lisen = 1', PROVIDER, ROUTE])}`.replaceAll('\n', '\r\n');
  expect(read(text).problems).toMatchObject([{ line: 1, column: 1, path: 'lisen' }]);
});

test('a file of a megabyte is read, a larger one is refused', () => {
  const comment = `# ${'x'.repeat(1021)}\n`;
  expect(read(comment.repeat(1023) + joinLines([PROVIDER, ROUTE])).kind).toBe('loaded');
  expect(read(comment.repeat(1025)).problems).toMatchObject([{ code: 'TOO_LARGE', line: 0, column: 0 }]);
});

test('bytes that are not UTF-8 are refused', () => {
  expect(readBytes(new Uint8Array([0x61, 0xff])).problems).toMatchObject([{ code: 'NOT_UTF8' }]);
});

test.each([
  ['lists', `a = ${'['.repeat(100_000)}`],
  ['closed lists', `a = ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['inline tables', `a = ${'{a='.repeat(100_000)}`],
  ['keys', `${'a.'.repeat(100_000)}a = 1`],
  ['a string', `a = "${'x'.repeat(900_000)}"`],
])('absurdly deep or long %s end in a problem, not in a crash', (_name, text) => {
  expect(read(text).kind).toBe('invalid');
});

describe('hostile input', () => {
  test('arbitrary bytes never crash the loader', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readBytes(bytes)));
  });

  const fragment = fc.oneof(
    fc.constantFrom(
      ...'[server]|[[routes]]|[routes]|[providers.alpha]|[[routes.targets]]|[providers.__proto__]|[constructor]'.split(
        '|',
      ),
      ...'listen|id|models|key|base_url|headers|provider|weight|on_timeout|preset|__proto__|timeouts.total|toString'
        .split('|')
        .flatMap((key) =>
          ['1', '-1', '"x"', '[]', '{}', '[{}]', 'nan', 'true', '1979-05-27', '"5s"', '9e99'].map(
            (value) => `${key} = ${value}`,
          ),
        ),
      PROVIDER,
      ROUTE,
    ),
    fc.string({ maxLength: 20 }),
  );
  test('arbitrary pieces of a configuration never crash the loader, and every error has a place in the file', () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
        const text = joinLines(fragments);
        const reading = read(text);
        for (const problem of reading.problems) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problem.line).toBeLessThanOrEqual(text.split('\n').length);
          expect(problem.message).not.toContain('Invalid input');
        }
        expect(reading.kind === 'loaded' || reading.problems.some((problem) => problem.severity === 'error')).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('settings', () => {
  test('what is not set has its default', () => {
    const settings = settingsOf(readLines(PROVIDER, ROUTE));
    expect(settings).toMatchObject({
      generation: 1,
      file: context.file,
      server: { hostname: '127.0.0.1', port: 4141, maxBodyBytes: 67_108_864, maxExchanges: 2_000, graceMs: 30_000 },
      timeouts: { connectMs: 5_000, headersMs: 60_000, firstEventMs: 90_000, idleMs: 60_000, totalMs: 1_800_000 },
      retry: {
        budgetRatio: 0.2,
        budgetBurst: 20,
        sameTarget: 2,
        backoffMs: 200,
        continuationsPerTurn: 3,
        hedgeAfterMs: 0,
      },
      health: { consecutiveFailures: 3, baseEjectionMs: 10_000, maxEjectionMs: 300_000, maxHintMs: 600_000 },
      ledger: { enabled: true, file: '/home/me/.holdfast/ledger.sqlite', keepMs: 2_592_000_000 },
    });
    expect('key' in settings.server).toBe(false);
    expect(settings.routes[0]).toMatchObject({ substitution: 'notify', effects: 'safe' });
    expect(settings.routes[0]?.targets[0]).toMatchObject({ priority: 1, weight: 100 });
  });

  test('timeouts are inherited from the file to the provider to the target', () => {
    const settings = settingsOf(
      readLines(
        '[timeouts]',
        'connect = "1s"',
        'headers = "2s"',
        PROVIDER,
        'timeouts = { headers = "3s", idle = "4s" }',
        ROUTE,
        'timeouts = { idle = "1.5m" }',
      ),
    );
    expect(settings.providers.get('alpha')?.timeouts).toMatchObject({
      connectMs: 1_000,
      headersMs: 3_000,
      idleMs: 4_000,
    });
    expect(settings.routes[0]?.targets[0]?.timeouts).toEqual({
      connectMs: 1_000,
      headersMs: 3_000,
      firstEventMs: 90_000,
      idleMs: 90_000,
      totalMs: 1_800_000,
    });
  });

  test('a preset gives what is not stated, and only OpenAI itself is a first party', () => {
    const settings = settingsOf(readLines('[providers.alpha]', 'preset = "openai"', ROUTE));
    expect(settings.providers.get('alpha')).toMatchObject({
      preset: 'openai',
      wire: 'responses',
      baseUrl: 'https://api.openai.com/v1',
      key: { kind: 'env', name: 'OPENAI_API_KEY' },
      auth: 'bearer',
      firstParty: true,
      stateDomain: 'alpha',
      jurisdiction: 'US',
      lab: 'openai',
    });
  });

  test.each([
    ['https://eu.api.openai.com/v1', true, 'US'],
    ['https://api.openai.com.evil.example/v1', false, undefined],
    ['https://evilapi.openai.com/v1', false, undefined],
    ['http://127.0.0.1:9/v1', false, undefined],
  ])('what the catalogue says of OpenAI at %s: first party %p, law of %p', (url, firstParty, jurisdiction) => {
    const lines = ['[providers.alpha]', 'preset = "openai"', `base_url = "${url}"`, ROUTE];
    const provider = settingsOf(readLines(...lines)).providers.get('alpha');
    expect([provider?.firstParty, provider?.jurisdiction]).toEqual([firstParty, jurisdiction]);
  });

  test('a region is put into the address of a preset that has one', () => {
    const lines = ['[providers.alpha]', 'preset = "amazon-bedrock"', 'region = "eu-central-1"', ROUTE];
    const provider = settingsOf(readLines(...lines)).providers.get('alpha');
    expect(provider?.baseUrl).toBe('https://bedrock-runtime.eu-central-1.amazonaws.com/openai/v1');
    expect(provider?.jurisdiction).toBe('US');
  });

  test.each([
    ['"none"', { kind: 'none' }],
    ['{ env = "PATH" }', { kind: 'env', name: 'PATH' }],
    ['"sk-literal"', { kind: 'literal', value: 'sk-literal' }],
    [
      '{ command = "./print-key", args = ["a"], cwd = "keys", timeout_ms = 7, refresh_interval_ms = 0 }',
      { kind: 'command', command: './print-key', args: ['a'], cwd: '/etc/keys', timeoutMs: 7, refreshIntervalMs: 0 },
    ],
    [
      '{ command = "x", cwd = "~/keys" }',
      { kind: 'command', command: 'x', args: [], cwd: '/home/me/keys', timeoutMs: 5_000, refreshIntervalMs: 300_000 },
    ],
  ])('key = %s', (text, key) => {
    const settings = settingsOf(readLines(PROVIDER.replace('"none"', text), ROUTE));
    expect(settings.providers.get('alpha')?.key).toEqual(key as never);
  });

  test("Azure's API key and its Entra token travel in different headers", () => {
    const azure = (key: string) =>
      settingsOf(
        readLines(
          '[providers.alpha]',
          'preset = "azure-openai"',
          'base_url = "https://mine.openai.azure.com/openai/v1/"',
          `key = ${key}`,
          ROUTE,
        ),
      ).providers.get('alpha');
    expect(azure('{ env = "PATH" }')).toMatchObject({
      auth: 'api-key',
      baseUrl: 'https://mine.openai.azure.com/openai/v1',
    });
    expect(azure('{ command = "az" }')).toMatchObject({ auth: 'bearer' });
  });

  test.each([
    ['the runtime host', 'amazon-bedrock', '', { kind: 'aws-env' }, 'bedrock'],
    ['mantle', 'amazon-bedrock-mantle', '', { kind: 'aws-env' }, 'bedrock-mantle'],
    ['a command', 'amazon-bedrock', 'key = { command = "aws" }', { kind: 'command', prints: 'aws' }, 'bedrock'],
  ])('Bedrock signed, %s: what with, and for what', (_name, preset, key, source, service) => {
    const lines = ['[providers.alpha]', `preset = "${preset}"`, 'region = "eu-west-1"', 'auth = "sigv4"', key, ROUTE];
    expect(settingsOf(readLines(...lines)).providers.get('alpha')).toMatchObject({
      auth: 'sigv4',
      key: source,
      signing: { service, region: 'eu-west-1' },
    });
  });

  test('header names are sent in lower case', () => {
    const settings = settingsOf(readLines(PROVIDER, 'headers = { X-Team = "Blue" }', ROUTE));
    expect(settings.providers.get('alpha')?.headers).toEqual({ 'x-team': 'Blue' });
  });

  test('names that JavaScript objects have anyway are names like any other', () => {
    const settings = settingsOf(
      readLines(PROVIDER.replace('.alpha', '.constructor'), ROUTE.replace('"alpha"', '"constructor"')),
    );
    expect([...settings.providers.keys()]).toEqual(['constructor']);
    expect(readLines(PROVIDER, ROUTE.replace('"alpha"', '"constructor"')).problems).toMatchObject([
      { code: 'UNKNOWN_PROVIDER' },
    ]);
    expect(readLines('[providers.alpha]', 'preset = "toString"', ROUTE).problems).toMatchObject([
      { code: 'UNKNOWN_PRESET' },
    ]);
  });
});

describe('HOLDFAST_LISTEN', () => {
  test('wins over the file', () => {
    const reading = read(joinLines(['[server]', 'listen = "127.0.0.1:1"', PROVIDER, ROUTE]), {
      HOLDFAST_LISTEN: '[::1]:5',
    });
    expect(settingsOf(reading).server).toMatchObject({ hostname: '::1', port: 5 });
    expect(reading.kind === 'loaded' && reading.layers[0]).toEqual({
      key: 'server.listen',
      value: '[::1]:5',
      source: { kind: 'environment', name: 'HOLDFAST_LISTEN' },
    });
  });

  test.each([
    ['nonsense', 'LISTEN'],
    ['0.0.0.0:4141', 'LISTEN_WITHOUT_KEY'],
  ])('is checked like the file: %s', (listen, code) => {
    const reading = read(joinLines([PROVIDER, ROUTE]), { HOLDFAST_LISTEN: listen });
    expect(reading.problems).toMatchObject([{ code, line: 0, message: expect.stringContaining('HOLDFAST_LISTEN') }]);
  });
});

test('the layers say who set what, with the line in the file, and never a key', () => {
  const reading = readLines(
    '[timeouts]',
    'idle = "7s"',
    '[providers.alpha]',
    'preset = "openai"',
    'key = "sk-HIDDEN"',
    'headers = { x-team = "HIDDEN" }',
    ROUTE,
  );
  const layers = reading.kind === 'loaded' ? reading.layers : [];
  const layer = (key: string) => layers.find((candidate) => candidate.key === key);
  expect(layer('timeouts.idle')).toEqual({ key: 'timeouts.idle', value: '7s', source: { kind: 'file', line: 2 } });
  expect(layer('timeouts.connect')).toMatchObject({ value: '5s', source: { kind: 'default' } });
  expect(layer('providers.alpha.base_url')?.source).toEqual({ kind: 'preset', preset: 'openai' });
  expect(layer('providers.alpha.timeouts.idle')).toMatchObject({
    value: '7s',
    source: { kind: 'inherited', from: 'timeouts.idle' },
  });
  expect(layer('providers.alpha.key')?.note).toBe('written in the file, not shown');
  expect(layer('providers.alpha.headers')?.value).toEqual(['x-team']);
  expect(layer('routes.r.targets[0].provider')).toMatchObject({ value: 'alpha', source: { kind: 'file', line: 11 } });
  expect(layer('routes.r.targets[0].timeouts.idle')?.source).toEqual({
    kind: 'inherited',
    from: 'providers.alpha.timeouts.idle',
  });
  expect(new Set(layers.map((candidate) => candidate.key)).size).toBe(layers.length);
  expect(JSON.stringify(layers)).not.toContain('HIDDEN');
});
