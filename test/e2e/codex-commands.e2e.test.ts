/** The `holdfast codex` commands, with the real Codex as the judge of what they write. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_TEXTS } from '../../src/decide/codex-config/toml/__fixtures__/config-texts.ts';
import { ACCEPTED, type CodexSandbox, createCodexSandbox, type Run } from './codex-sandbox.ts';
import { type Recorder, startRecorder } from './record-requests.ts';

let sandbox: CodexSandbox;
let recorder: Recorder;

beforeEach(async () => {
  sandbox = createCodexSandbox();
  recorder = await startRecorder();
});
afterEach(() => {
  recorder.close();
  sandbox.remove();
});

const holdfast = (...args: readonly string[]): Promise<Run> => sandbox.holdfast(['codex', ...args]);
const gateway = (): string => `http://127.0.0.1:${recorder.port}`;
const CONFIG =
  '# mine\nmodel = "gpt-5.5" # good\nmodel_provider = "work"\n\n[model_providers.work]\nname = "Work"\nbase_url = "http://127.0.0.1:9/v1"\n';
const profiles = (): readonly string[] => readdirSync(sandbox.home).filter((name) => name.endsWith('.config.toml'));

describe('connect', () => {
  test('writes a profile of its own, which Codex takes strictly and sends requests through', async () => {
    sandbox.write('config.toml', CONFIG);
    const run = await holdfast('connect', '--gateway', gateway());
    expect(run.output).toContain('codex --profile holdfast');
    expect(sandbox.read('config.toml')).toBe(CONFIG);
    expect((await sandbox.turn(['-p', 'holdfast', '--strict-config'])).exitCode).toBe(0);
    const post = recorder.requests.find(({ method }) => method === 'POST');
    expect(post?.target).toBe('/v1/responses');
    expect(post?.headers['authorization']).toMatch(/^Bearer \S{20,}$/);
    expect(post?.body).toContain('"model":"gpt-5.5"');
    await holdfast('disconnect');
    expect(profiles()).toEqual([]);
    expect(sandbox.read('config.toml')).toBe(CONFIG);
  });

  test('twice changes nothing the second time', async () => {
    await holdfast('connect');
    const text = sandbox.read('holdfast.config.toml');
    expect((await holdfast('connect')).output).toContain('Nothing to change');
    expect(sandbox.read('holdfast.config.toml')).toBe(text);
  });

  test('keeps what somebody added to the profile, and takes a new address', async () => {
    await holdfast('connect');
    const edited = sandbox.read('holdfast.config.toml').replace('model_provider', 'model = "m" # mine\nmodel_provider');
    sandbox.write('holdfast.config.toml', edited);
    await holdfast('connect', '--gateway', gateway());
    expect(sandbox.read('holdfast.config.toml')).toBe(edited.replace('http://127.0.0.1:4141/v1', `${gateway()}/v1`));
    await holdfast('disconnect');
    expect(sandbox.read('holdfast.config.toml')).toContain('model = "m" # mine');
    expect(sandbox.read('holdfast.config.toml')).not.toContain('provider');
  });

  test('--default makes every run use the gateway, and disconnect restores the exact file', async () => {
    sandbox.write('config.toml', CONFIG);
    await holdfast('connect', '--default', '--gateway', gateway());
    expect(sandbox.read('config.toml')).toStartWith('# mine\nmodel = "gpt-5.5" # good\nmodel_provider = "holdfast"\n');
    expect((await sandbox.turn(['--strict-config'])).exitCode).toBe(0);
    expect(recorder.requests.filter(({ method }) => method === 'POST').length).toBe(1);
    await holdfast('disconnect');
    expect(sandbox.read('config.toml')).toBe(CONFIG);
  });

  test('--openai-base-url changes the address of the built-in provider', async () => {
    await holdfast('connect', '--openai-base-url', '--gateway', gateway());
    expect((await sandbox.turn(['--strict-config'], { CODEX_API_KEY: 'sk-x' })).exitCode).toBe(0);
    expect(recorder.requests.find(({ method }) => method === 'POST')?.target).toBe('/v1/responses');
    await holdfast('disconnect');
    expect(existsSync(join(sandbox.home, 'config.toml'))).toBe(false);
    sandbox.write('config.toml', CONFIG);
    const refused = await holdfast('connect', '--openai-base-url');
    expect(refused.output).toContain('openai_base_url has no effect');
    expect(refused.exitCode).toBe(1);
    expect(sandbox.read('config.toml')).toBe(CONFIG);
  });

  test('a session that began at the gateway is resumed after its address changed', async () => {
    await holdfast('connect', '--default', '--gateway', gateway());
    await sandbox.turn();
    const other = await startRecorder();
    try {
      await holdfast('providers', 'edit', 'holdfast', '--base-url', `http://127.0.0.1:${other.port}/v1`);
      expect((await sandbox.codex(['exec', '--skip-git-repo-check', 'resume', '--last', 'on'])).exitCode).toBe(0);
      expect(other.requests.filter(({ method }) => method === 'POST').length).toBe(1);
    } finally {
      other.close();
    }
  });

  test('--dry-run shows the difference, without keys, and writes nothing', async () => {
    const secret = `${CONFIG}experimental_bearer_token = "tok-abc"\n`;
    sandbox.write('config.toml', secret);
    const run = await holdfast('connect', '--default', '--dry-run');
    expect(run.output).toContain('-model_provider = "work"\n+model_provider = "holdfast"');
    expect(run.output).not.toContain('tok-abc');
    expect(sandbox.read('config.toml')).toBe(secret);
    expect(existsSync(join(sandbox.folder, 'holdfast', 'codex-receipts'))).toBe(false);
  });

  test('wrong usage ends with 2', async () => {
    for (const args of [
      ['--gateway', 'nope'],
      ['--gateway', 'http://h/?x=1'],
      ['--default', '--openai-base-url'],
      ['--defualt'],
    ]) {
      expect((await holdfast('connect', ...args)).exitCode).toBe(2);
    }
    expect(profiles()).toEqual([]);
  });
});

describe('files that cannot be edited are left as they are, with a reason', () => {
  test.each<[name: string, prepare: () => void, reason: RegExp]>([
    ['broken TOML', () => sandbox.write('config.toml', 'model = \n'), /line 1: Unspecified values.*left as it is/],
    ['a duplicate key', () => sandbox.write('config.toml', 'a = 1\na = 2\n'), /line 2: .*left as it is/],
    [
      'a read-only file',
      () => {
        sandbox.write('config.toml', 'model = "m"\n');
        chmodSync(join(sandbox.home, 'config.toml'), 0o444);
      },
      /may not be written/,
    ],
    ['a symlink loop', () => symlinkSync('config.toml', join(sandbox.home, 'config.toml')), /lead in a circle/],
    ['a folder', () => mkdirSync(join(sandbox.home, 'config.toml')), /not a regular file/],
    ['not UTF-8', () => writeFileSync(join(sandbox.home, 'config.toml'), new Uint8Array([0xff, 0xfe])), /not UTF-8/],
    ['no folder', () => sandbox.remove(), /does not exist/],
  ])('%s', async (_, prepare, reason) => {
    prepare();
    mkdirSync(sandbox.work, { recursive: true });
    const run = await holdfast('connect', '--default');
    expect(run.output).toMatch(reason);
    expect(run.exitCode).toBe(1);
  });
});

describe('through a symbolic link', () => {
  test('the file behind it is edited, and the link stays', async () => {
    writeFileSync(join(sandbox.folder, 'dotfile.toml'), CONFIG);
    symlinkSync(join('..', 'dotfile.toml'), join(sandbox.home, 'config.toml'));
    await holdfast('connect', '--default');
    expect(sandbox.read('../dotfile.toml')).toContain('holdfast');
    await holdfast('undo');
    expect(sandbox.read('../dotfile.toml')).toBe(CONFIG);
  });
});

describe('on files of every layout', () => {
  // Those whose content Codex itself would accept: the others are about TOML alone.
  const NOT_FOR_CODEX =
    /hooks|profile|numbers|dates|__proto__|by hand|tables of one parent|literal|auth|quoted keys|a key/;
  const texts = CONFIG_TEXTS.filter(
    ([name, text]) => !NOT_FOR_CODEX.test(name) && !/^\[?x|\ba = |^\[a\]|acme\.http_headers/m.test(text),
  );

  test('Codex accepts what connect --default made of them', async () => {
    let accepted = 0;
    for (const [name, text] of texts) {
      sandbox.write('config.toml', text);
      const before = await sandbox.load();
      if (!ACCEPTED.test(before.output)) continue;
      await holdfast('connect', '--default');
      expect([name, (await sandbox.load()).output]).toEqual([name, expect.stringMatching(ACCEPTED)]);
      await holdfast('undo');
      expect([name, sandbox.read('config.toml')]).toEqual([name, text]);
      accepted += 1;
    }
    expect(accepted).toBeGreaterThan(25);
  }, 300_000);
});

describe('providers', () => {
  test.each([
    ['openai', []],
    ['azure-openai', ['--set', 'resource=myorg']],
    ['openrouter', ['--request-retries', '1', '--stream-retries', '2', '--idle', '120s']],
    ['amazon-bedrock', ['--aws-region', 'eu-west-1', '--aws-profile', 'work']],
    ['litellm', ['--base-url', 'http://gateway:4000/v1']],
    ['bifrost', []],
    ['cloudflare-gateway', ['--set', 'account=a', '--set', 'gateway=g']],
    ['ollama', []],
    ['databricks', ['--set', 'workspace=w.cloud.databricks.com']],
  ])('preset %s is taken strictly', async (preset, args) => {
    sandbox.write('config.toml', '# mine\n');
    expect((await holdfast('providers', 'add', '--preset', preset, '--default', ...args)).exitCode).toBe(0);
    expect((await sandbox.load(['--strict-config'])).output).toMatch(ACCEPTED);
    expect(sandbox.read('config.toml')).not.toMatch(/\{[a-z]+\}/);
    await holdfast('undo');
    expect(sandbox.read('config.toml')).toBe('# mine\n');
  });

  test('a provider with every option sends what it should', async () => {
    const options = [
      '--name',
      'Mine',
      '--auth-command',
      '/bin/echo',
      '--auth-arg',
      'tok-9',
      '--query',
      'v=1',
      '--env-header',
      'X-Team=TEAM',
    ];
    await holdfast('providers', 'add', 'mine', '--base-url', `${gateway()}/v1`, '--default', ...options);
    expect((await sandbox.turn(['--strict-config'], { TEAM: 'blue' })).exitCode).toBe(0);
    const post = recorder.requests.find(({ method }) => method === 'POST');
    expect(post?.target).toBe('/v1/responses?v=1');
    expect(post?.headers).toMatchObject({ authorization: 'Bearer tok-9', 'x-team': 'blue' });
    await holdfast('providers', 'edit', 'mine', '--env-key', 'KEY');
    expect((await sandbox.turn(['--strict-config'], { KEY: 'k-1' })).exitCode).toBe(0);
    expect(recorder.requests.findLast(({ method }) => method === 'POST')?.headers['authorization']).toBe('Bearer k-1');
  });

  test('what Codex would refuse is refused before it is written', async () => {
    const refused = [
      ['add', 'openai', '--base-url', 'http://x'],
      ['add', 'gcp', '--base-url', 'http://x'],
      ['add', 'x'],
      ['add', '--preset', 'nope'],
      ['add', '--preset', 'azure-openai'],
      ['add', '--preset', 'amazon-bedrock', '--name', 'B'],
      ['add', 'x', '--base-url', 'http://x', '--request-retries', 'many'],
      ['add', 'x', '--base-url', 'http://x', '--idle', '120'],
    ];
    for (const args of refused) expect([args, (await holdfast('providers', ...args)).exitCode]).toEqual([args, 2]);
    expect(existsSync(join(sandbox.home, 'config.toml'))).toBe(false);
  });

  test('one that is in use is removed by force only', async () => {
    sandbox.write('config.toml', CONFIG);
    expect((await holdfast('providers', 'remove', 'work')).exitCode).toBe(1);
    expect(sandbox.read('config.toml')).toBe(CONFIG);
    await holdfast('providers', 'remove', 'work', '--force');
    expect(sandbox.read('config.toml')).not.toContain('Work');
  });

  test('list and show name files and variables, and no values', async () => {
    sandbox.write(
      'config.toml',
      CONFIG.replace('http://', 'http://user:pass@').concat(
        'env_key = "WORK_KEY"\nhttp_headers = { X-Key = "s3cret" }\n',
      ),
    );
    const shown = await sandbox.holdfast(['codex', 'providers', 'show', 'work', '--json'], { WORK_KEY: 's3cret' });
    const listed = await holdfast('providers', 'list');
    expect(shown.output).toContain('WORK_KEY (set)');
    expect(shown.output + listed.output).not.toMatch(/s3cret|pass/);
    expect(listed.output).toContain('config.toml:5');
  });
});

describe('profiles', () => {
  test.each(['failover', 'regulated', 'fast'])(
    'template %s is taken strictly, and its settings count',
    async (template) => {
      sandbox.write(
        'config.toml',
        `model = "gpt-5.5"\n[model_providers.other]\nname = "Other"\nbase_url = "${gateway()}/v1"\n`,
      );
      await holdfast('profiles', 'add', 'p', '--template', template, '--provider', 'other', '--model', 'gpt-5.5-eu');
      expect((await sandbox.turn(['-p', 'p', '--strict-config'])).exitCode).toBe(0);
      const body = recorder.requests.find(({ method }) => method === 'POST')?.body ?? '';
      expect(body).toContain('"model":"gpt-5.5-eu"');
      expect(body.includes('"type":"web_search"')).toBe(template !== 'regulated');
      if (template === 'fast') expect(body).toContain('"effort":"low"');
      await holdfast('profiles', 'edit', 'p', '--effort', 'high');
      await sandbox.turn(['-p', 'p', '--strict-config']);
      expect(recorder.requests.findLast(({ method }) => method === 'POST')?.body).toContain('"effort":"high"');
      await holdfast('profiles', 'remove', 'p');
      expect(profiles()).toEqual([]);
      await holdfast('undo');
      expect(sandbox.read('p.config.toml')).toContain('model_reasoning_effort = "high"');
    },
  );

  test('what would not work is refused', async () => {
    sandbox.write('there.config.toml', 'model = "m"\n');
    const refused = [
      [2, 'add', 'a.b', '--model', 'm'],
      [2, 'add', 'p'],
      [2, 'add', 'p', '--template', 'failover'],
      [2, 'add', 'p', '--template', 'nope'],
      [1, 'add', 'p', '--provider', 'nope'],
      [1, 'add', 'there', '--model', 'x'],
      [1, 'edit', 'p', '--model', 'x'],
      [1, 'remove', 'p'],
    ] as const;
    for (const [code, ...args] of refused)
      expect([args, (await holdfast('profiles', ...args)).exitCode]).toEqual([args, code]);
    expect(profiles()).toEqual(['there.config.toml']);
  });
});

describe('retries', () => {
  test('are what Codex then does', async () => {
    recorder.close();
    recorder = await startRecorder({ status: 500 });
    sandbox.write('config.toml', CONFIG.replace('http://127.0.0.1:9', gateway()));
    await holdfast('retries', 'work', '--request', '1', '--stream', '1');
    expect((await holdfast('retries')).output).toContain('up to 4 requests');
    await sandbox.turn();
    expect(recorder.requests.filter(({ method }) => method === 'POST').length).toBe(4);
  });

  test('of the built-in providers cannot be tuned', async () => {
    const run = await holdfast('retries', 'openai', '--stream', '1');
    expect(run.output).toContain('cannot be tuned');
    expect(run.exitCode).toBe(1);
  });
});

describe('bypass', () => {
  test('goes straight to a provider with the same session, and comes back', async () => {
    const direct = await startRecorder();
    try {
      sandbox.write(
        'config.toml',
        `model = "gpt-5.5"\n[model_providers.direct]\nname = "Direct"\nbase_url = "http://127.0.0.1:${direct.port}/v1"\nenv_key = "DIRECT"\n`,
      );
      await holdfast('connect', '--default', '--gateway', gateway());
      await holdfast('connect', '--gateway', gateway());
      const before = [sandbox.read('config.toml'), sandbox.read('holdfast.config.toml')];
      await sandbox.turn();
      const run = await holdfast('bypass', 'direct', '--model', 'gpt-5.5');
      expect(run.output).toContain('Set the variable DIRECT');
      const resumed = await sandbox.codex(
        ['exec', '--skip-git-repo-check', '--strict-config', 'resume', '--last', 'on'],
        { DIRECT: 'd-1' },
      );
      expect(resumed.exitCode).toBe(0);
      expect(direct.requests.find(({ method }) => method === 'POST')?.headers['authorization']).toBe('Bearer d-1');
      expect((await sandbox.turn(['-p', 'holdfast'], { DIRECT: 'd-1' })).exitCode).toBe(0);
      expect(direct.requests.filter(({ method }) => method === 'POST').length).toBe(2);
      await holdfast('bypass', '--off');
      expect([sandbox.read('config.toml'), sandbox.read('holdfast.config.toml')]).toEqual(before);
    } finally {
      direct.close();
    }
  });

  test("takes a provider of the gateway's own configuration", async () => {
    writeFileSync(
      join(sandbox.work, 'holdfast.toml'),
      '[providers.house]\nwire = "responses"\nbase_url = "http://127.0.0.1:8000/v1"\nkey = { env = "HOUSE" }\n\n[[routes]]\nid = "r"\nmodels = ["m"]\n  [[routes.targets]]\n  provider = "house"\n',
    );
    await sandbox.holdfast(['codex', 'connect'], { HOUSE: 'x' });
    const run = await sandbox.holdfast(['codex', 'bypass', 'house'], { HOUSE: 'x' });
    expect(run.output).toContain('straight to http://127.0.0.1:8000/v1');
    expect(sandbox.read('holdfast.config.toml')).toContain('env_key = "HOUSE"');
    expect(sandbox.read('holdfast.config.toml')).not.toContain('auth =');
  });

  test('without a connection there is nothing to bypass', async () => {
    expect((await holdfast('bypass', 'openai')).exitCode).toBe(1);
    await holdfast('connect');
    expect((await holdfast('bypass', 'nope')).exitCode).toBe(2);
  });
});

describe('undo and drift', () => {
  test('several edits are taken back one by one', async () => {
    sandbox.write('config.toml', CONFIG);
    await holdfast('providers', 'add', '--preset', 'openrouter');
    const between = sandbox.read('config.toml');
    await holdfast('connect', '--default');
    expect(JSON.parse((await holdfast('undo', '--list', '--json')).output).edits.length).toBe(2);
    await holdfast('undo');
    expect(sandbox.read('config.toml')).toBe(between);
    await holdfast('undo');
    expect(sandbox.read('config.toml')).toBe(CONFIG);
    expect((await holdfast('undo')).output).toContain('nothing to take back');
  });

  test('an earlier edit is taken back around a later one', async () => {
    sandbox.write('config.toml', CONFIG);
    await holdfast('connect', '--default');
    await holdfast('providers', 'add', '--preset', 'openrouter');
    const run = await holdfast('disconnect');
    expect(run.output).toContain('was changed since');
    expect(sandbox.read('config.toml')).toBe(
      `${CONFIG}\n[model_providers.openrouter]\nname = "OpenRouter"\nbase_url = "https://openrouter.ai/api/v1"\nwire_api = "responses"\nenv_key = "OPENROUTER_API_KEY"\n`,
    );
  });

  test('drift names keys, not values, and ends with 1', async () => {
    sandbox.write('config.toml', CONFIG);
    await holdfast('connect', '--default');
    expect((await holdfast('drift')).exitCode).toBe(0);
    sandbox.write(
      'config.toml',
      sandbox.read('config.toml').replace('stream_max_retries = 2', 'stream_max_retries = 987654'),
    );
    const run = await holdfast('drift');
    expect(run.exitCode).toBe(1);
    expect(run.output).toContain('model_providers.holdfast.stream_max_retries was changed');
    expect(run.output).not.toContain('987654');
    sandbox.write('config.toml', 'model = ');
    expect((await holdfast('drift')).output).toContain('not valid TOML');
  });

  test('a broken receipt is passed over', async () => {
    sandbox.write('config.toml', CONFIG);
    await holdfast('connect', '--default');
    writeFileSync(join(sandbox.folder, 'holdfast', 'codex-receipts', '99999999T-broken.json'), '{"version":1');
    await holdfast('undo');
    expect(sandbox.read('config.toml')).toBe(CONFIG);
  });
});

describe('status', () => {
  test('agrees with the banner of Codex on provider and model', async () => {
    sandbox.write('config.toml', CONFIG.replace('http://127.0.0.1:9', gateway()));
    sandbox.write('p.config.toml', 'model = "gpt-5.4"\n');
    for (const args of [[], ['-p', 'p']]) {
      const banner = (await sandbox.turn(args)).output;
      const { provider, model } = JSON.parse((await holdfast('status', '--json', ...args)).output);
      expect(banner).toContain(`provider: ${provider.id.value}\n`);
      expect(banner).toContain(`model: ${model.value}\n`);
    }
    const { codex } = JSON.parse((await holdfast('status', '--json')).output);
    expect(codex.home).toBe(sandbox.home);
  });

  test('shows which variables are set, and no value', async () => {
    const run = await sandbox.holdfast(['codex', 'status'], {
      OPENAI_API_KEY: 's3cret',
      HTTP_PROXY: 'http://u:s3cret@proxy',
    });
    expect(run.output).toContain('OPENAI_API_KEY is set');
    expect(run.output).not.toContain('s3cret');
  });
});
