import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock, Ledger } from '../../core/ports.ts';
import { createSqliteLedger, type SqliteLedgerOptions } from './create-sqlite-ledger.ts';
import { bareExchange, fullExchange, ledgerContract } from './ledger.contract.ts';

setDefaultTimeout(120_000);

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
/** The pauses between two tries, which are of seconds, pass 20 times as fast. */
const fastClock: Clock = {
  ...clock,
  monotonic: () => performance.now() * 20,
  after: (ms, callback) => clock.after([1000, 2000, 4000].includes(ms) ? ms / 20 : ms, callback),
};
/** For a thread that will not answer. Every other one is waited for, however busy the machine is. */
const IMPATIENT = { readLimitMs: 150, closeLimitMs: 150 };

let folder = '';
let file = '';
let events: string[] = [];
const ledgers: Ledger[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  file = join(folder, 'home', 'ledger.sqlite');
  events = [];
});
afterEach(async () => {
  for (const ledger of ledgers.splice(0)) await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(changes: Partial<SqliteLedgerOptions> = {}): Ledger {
  const log = (event: string, fields: object = {}): void => void events.push(`${event} ${JSON.stringify(fields)}`);
  const ledger = createSqliteLedger({
    file,
    keepMs: 1e15,
    clock,
    readLimitMs: 100_000,
    closeLimitMs: 100_000,
    log: { info: log, warn: log },
    ...changes,
  });
  ledgers.push(ledger);
  return ledger;
}

/** Runs `script` in a process of its own, with a `ledger` on the same file. Answers what it printed. */
async function runInChild(script: string, before = ''): Promise<string[]> {
  const text = `
    import { createSqliteLedger } from ${JSON.stringify(new URL('./create-sqlite-ledger.ts', import.meta.url).href)};
    const { promise: failed, resolve: fail } = Promise.withResolvers();
    const log = (event, fields) => { console.log(event, fields.problem ?? ''); fail(); };
    const clock = { now: Date.now, monotonic: () => performance.now(), after: (ms, f) => { const t = setTimeout(f, ms); return () => clearTimeout(t); } };
    const limits = { readLimitMs: 100_000, closeLimitMs: 100_000 };
    const ledger = createSqliteLedger({ file: ${JSON.stringify(file)}, keepMs: 1e15, ...limits, clock, log: { info: log, warn: log } });
    const exchange = ${JSON.stringify(fullExchange('x'))};
    console.log('begun');
    ${script}`;
  const child = Bun.spawn(['sh', '-c', `${before} exec "$0" -e "$1"`, process.execPath, text], { stdout: 'pipe' });
  const lines = (await new Response(child.stdout).text()).trim().split('\n');
  expect(await child.exited).toBe(0);
  return lines;
}

/** Waits for a state that stays: one that passes may begin and end between two looks. */
async function waitFor(what: () => boolean): Promise<void> {
  for (let looks = 0; !what(); looks += 1) {
    if (looks > 6000) throw new Error(`waited in vain; events: ${events.join(' | ')}`);
    await Bun.sleep(10);
  }
}

const ids = async (ledger: Ledger): Promise<string[]> => (await ledger.recent(1000)).map(({ id }) => id);
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('contract', () => {
  ledgerContract('sqlite', () => open({ file: join(folder, `${Math.random()}.sqlite`) }));
});

describe('the file', () => {
  test('survives its process, and can only be read by its owner', async () => {
    const first = open();
    first.record(fullExchange('a'));
    await first.recent(1);
    expect([mode(join(folder, 'home')), mode(file), mode(`${file}-journal`)]).toEqual(['700', '600', '600']);
    await first.close();
    const second = open();
    second.record(bareExchange('b', 1));
    expect(await ids(second)).toEqual(['a', 'b']);
    expect(second.summary()).toEqual({ exchanges: 2, lost: 0 });
  });

  test('one that others could read is closed to them', async () => {
    mkdirSync(join(folder, 'home'));
    writeFileSync(file, '', { mode: 0o644 });
    await open().recent(1);
    expect(mode(file)).toBe('600');
  });

  test('holds metadata in columns that SQL can ask for', async () => {
    const ledger = open();
    ledger.record(fullExchange('a'));
    await ledger.close();
    const database = new Database(file, { readonly: true });
    const row = database
      .query("SELECT route_id, outcome, output_tokens, json_extract(attempts, '$[0].outcome') AS first FROM exchanges")
      .get();
    database.close();
    expect(row).toEqual({ route_id: 'codex-primary', outcome: 'continued', output_tokens: 80, first: 'RATE_LIMITED' });
  });

  test('without exchanges and readers there is none', async () => {
    await open().close();
    expect(existsSync(file)).toBe(false);
  });

  test('2,500 exchanges at once are all written by close()', async () => {
    const ledger = open();
    for (let index = 0; index < 2500; index++) ledger.record(bareExchange(`x${index}`, index));
    await ledger.close();
    expect(ledger.summary()).toEqual({ exchanges: 2500, lost: 0 });
    expect((await open().recent(10_000)).length).toBe(1000);
  });

  test('two threads may share it', async () => {
    const [one, two] = [open(), open()];
    for (let index = 0; index < 50; index++) {
      one.record(bareExchange(`one ${index}`, index));
      two.record(bareExchange(`two ${index}`, index));
    }
    await Promise.all([one.close(), two.close()]);
    expect(await ids(open())).toHaveLength(100);
  });

  test('two processes may share it, also when both make it', async () => {
    const children = ['one', 'two'].map((name) =>
      runInChild(`
        for (let index = 0; index < 300; index++) {
          ledger.record({ ...exchange, id: '${name} ' + index });
          if (index % 10 === 0) await ledger.recent(1);
        }
        await ledger.close();
        console.log(JSON.stringify(ledger.summary().lost));`),
    );
    expect(await Promise.all(children)).toEqual([
      ['begun', '0'],
      ['begun', '0'],
    ]);
    const written = await ids(open());
    expect([written.length, new Set(written).size]).toEqual([600, 600]);
  });

  test('old exchanges are deleted, the others stay', async () => {
    const before = open();
    const nowMs = Date.now();
    for (let index = 0; index < 1200; index++) before.record(bareExchange(`old ${index}`, nowMs - 100_000 - index));
    before.record(bareExchange('young', nowMs));
    await before.close();
    const ledger = open({ keepMs: 50_000 });
    ledger.record(bareExchange('new', nowMs + 1));
    // 1 while it waits, 1202 once it is written, then fewer and fewer.
    await waitFor(() => ledger.summary().exchanges === 2);
    expect(await ids(ledger)).toEqual(['new', 'young']);
    expect(ledger.summary()).toEqual({ exchanges: 2, lost: 0 });
  });

  test('one of a later version is left alone', async () => {
    await open().recent(1);
    await Promise.all(ledgers.splice(0).map((ledger) => ledger.close()));
    const database = new Database(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const ledger = open();
    ledger.record(bareExchange('a'));
    await waitFor(() => events.length > 0);
    expect(events).toEqual([`ledger_failing {"problem":"NEWER_VERSION","file":${JSON.stringify(file)}}`]);
    await ledger.close();
    expect(ledger.summary().lost).toBe(1);
  });
});

describe('trouble', () => {
  const places: [string, string, () => string][] = [
    ['a folder stands in its place', 'EISDIR', () => join(folder)],
    [
      'its folder cannot be made',
      'ENOTDIR|EEXIST',
      () => {
        writeFileSync(join(folder, 'plain'), '');
        return join(folder, 'plain', 'ledger.sqlite');
      },
    ],
    ['its folder does not take files', 'EACCES|ENOENT|EROFS|EPERM', () => '/proc/holdfast/ledger.sqlite'],
    [
      'it leads to a device',
      'NOT_A_FILE',
      () => {
        symlinkSync('/dev/full', join(folder, 'full'));
        return join(folder, 'full');
      },
    ],
  ];
  test.each(places)('%s: nothing throws, nothing waits, the loss is counted', async (_name, problem, place) => {
    const ledger = open({ file: place() });
    // Without a pause in between: nothing of the file's trouble can have been heard of yet.
    for (let index = 0; index < 11_000; index++) ledger.record(bareExchange(`x${index}`, index));
    expect(events).toEqual([]);
    expect(ledger.summary()).toEqual({ exchanges: 10_000, lost: 1000 });
    await waitFor(() => events.length > 0);
    expect(events[0]).toMatch(new RegExp(`^ledger_failing .*"problem":"[^"]*(${problem})`));
    expect((await ids(ledger))[0]).toBe('x9999');
    await ledger.close();
    expect(ledger.summary()).toEqual({ exchanges: 0, lost: 11_000 });
    expect(events).toHaveLength(2);
  });

  test('a full disk: what fits is kept, the rest waits and is counted as lost in the end', async () => {
    // A file size limit fails like a full disk. It holds for a process, so the ledger runs in one of its own.
    const [, ...lines] = await runInChild(
      `for (let index = 0; index < 2000; index++) ledger.record({ ...exchange, id: 'x' + index });
      await failed;
      console.log(JSON.stringify(ledger.summary()));
      await ledger.close();
      console.log(JSON.stringify(ledger.summary()));`,
      `trap '' XFSZ; ulimit -f 400;`,
    );
    expect(lines[0]).toMatch(/^ledger_failing SQLITE_(FULL|IOERR)/);
    expect(lines[1]).toBe('{"exchanges":2000,"lost":0}');
    const { exchanges, lost } = JSON.parse(lines.at(-1) ?? '{}');
    expect([exchanges + lost, lost > 0]).toEqual([2000, true]);
    const ledger = open();
    expect(await ids(ledger)).toHaveLength(Math.min(exchanges, 1000));
  });

  test('a disk that hangs: what was recorded is still shown, and close() ends', async () => {
    // Opening a pipe that nobody reads hangs like a dead network disk.
    file = join(folder, 'pipe');
    Bun.spawnSync(['mkfifo', file]);
    const ledger = open(IMPATIENT);
    for (let index = 0; index < 11_000; index++) ledger.record(bareExchange(`x${index}`, index));
    expect((await ids(ledger))[0]).toBe('x9999');
    for (let reading = 0; reading < 40; reading++) void ledger.recent(1);
    await ledger.close();
    expect(ledger.summary()).toEqual({ exchanges: 0, lost: 11_000 });
    closeSync(openSync(file, constants.O_RDONLY | constants.O_NONBLOCK));
  });

  test('a file that another process holds is written as soon as it is free', async () => {
    await open().recent(1);
    const holder = new Database(file);
    holder.exec('BEGIN EXCLUSIVE');
    const ledger = open({ clock: fastClock });
    ledger.record(bareExchange('a'));
    await waitFor(() => events.some((event) => event.includes('SQLITE_BUSY')));
    expect(await ids(ledger)).toEqual(['a']);
    holder.exec('COMMIT');
    holder.close();
    await waitFor(() => events.some((event) => event.startsWith('ledger_recovered')));
    expect(ledger.summary()).toEqual({ exchanges: 1, lost: 0 });
  });

  test('a file that another process holds is waited for in close(), too', async () => {
    await open().recent(1);
    const holder = new Database(file);
    holder.exec('BEGIN EXCLUSIVE');
    const ledger = open();
    ledger.record(bareExchange('a'));
    const closing = ledger.close();
    await Bun.sleep(700); // longer than a write waits
    holder.exec('COMMIT');
    holder.close();
    await closing;
    expect(ledger.summary()).toEqual({ exchanges: 1, lost: 0 });
    expect(await ids(open())).toEqual(['a']);
  });

  test('a file that is deleted meanwhile is begun anew', async () => {
    const ledger = open();
    ledger.record(bareExchange('a', 1));
    await ledger.recent(1);
    for (const ending of ['', '-journal']) rmSync(`${file}${ending}`);
    ledger.record(bareExchange('b', 2));
    expect(await ids(ledger)).toEqual(['b']);
    expect(ledger.summary()).toEqual({ exchanges: 1, lost: 0 });
    expect(events).toEqual([`ledger_replaced {"file":${JSON.stringify(file)},"exchanges":1}`]);
  });

  test('a folder that is deleted meanwhile is made anew', async () => {
    const ledger = open();
    ledger.record(bareExchange('a', 1));
    await ledger.recent(1);
    rmSync(join(folder, 'home'), { recursive: true });
    ledger.record(bareExchange('b', 2));
    expect(await ids(ledger)).toEqual(['b']);
  });

  test('a damaged file is set aside with its bytes, and a new one begun', async () => {
    mkdirSync(join(folder, 'home'));
    for (const number of [1, 2, 3, 3]) {
      writeFileSync(file, `this is not a database, time ${number}`.padEnd(5000));
      const ledger = open();
      ledger.record(bareExchange('a'));
      expect(await ids(ledger)).toEqual(['a']);
      await ledger.close();
      expect(events.splice(0)).toEqual([
        `ledger_damaged {"aside":${JSON.stringify(`${file}.damaged-${number}`)},"exchanges":0}`,
      ]);
    }
    expect(readFileSync(`${file}.damaged-1`, 'utf8')).toStartWith('this is not a database, time 1');
  });

  test('a file that is damaged meanwhile counts as lost', async () => {
    const ledger = open();
    for (let index = 0; index < 500; index++) ledger.record(fullExchange(`x${index}`));
    await ledger.recent(1);
    writeFileSync(file, Buffer.alloc(statSync(file).size, 'x'));
    ledger.record(bareExchange('b'));
    await waitFor(() => events.some((event) => event.startsWith('ledger_damaged')));
    expect(await ids(ledger)).toEqual(['b']);
    expect(ledger.summary()).toEqual({ exchanges: 1, lost: 500 });
  });

  test('files that are emptied meanwhile cost what was in them, and nothing else', async () => {
    const ledger = open();
    ledger.record(bareExchange('a'));
    await ledger.recent(1);
    for (const name of readdirSync(join(folder, 'home'))) writeFileSync(join(folder, 'home', name), '');
    ledger.record(bareExchange('b'));
    await waitFor(() => events.some((event) => event.startsWith('ledger_recovered')));
    expect(await ids(ledger)).toEqual(['b']);
  });
});

describe('its thread', () => {
  const crashing = (): Worker => new Worker('throw new Error("no memory")', { eval: true });
  const healthy = (workerData: { readonly file: string }): Worker =>
    new Worker(new URL('./ledger-worker.ts', import.meta.url), { workerData });
  /** The thread of each start, by its number. */
  const threadsBy = (choose: (start: number) => (input: { readonly file: string }) => Worker) => {
    const threads: Worker[] = [];
    const startThread: SqliteLedgerOptions['startThread'] = (input) => {
      const thread = choose(threads.length)(input);
      threads.push(thread);
      return thread;
    };
    return { threads, startThread };
  };

  test('that dies between two writes is replaced, and nothing lost', async () => {
    const { threads, startThread } = threadsBy(() => healthy);
    const ledger = open({ startThread });
    for (const round of [0, 1, 2]) {
      ledger.record(bareExchange(`x${round}`, round));
      expect(await ids(ledger)).toHaveLength(round + 1);
      await threads[round]?.terminate();
    }
    ledger.record(bareExchange('last', 9));
    await ledger.close();
    expect(ledger.summary()).toEqual({ exchanges: 4, lost: 0 });
    expect(await ids(open())).toEqual(['last', 'x2', 'x1', 'x0']);
    expect(events).toEqual([]);
  });

  test('that dies while it writes is replaced, and the same exchanges are written again', async () => {
    const { threads, startThread } = threadsBy((start) => (start < 2 ? crashing : healthy));
    const ledger = open({ startThread, clock: fastClock, readLimitMs: IMPATIENT.readLimitMs });
    for (let index = 0; index < 700; index++) ledger.record(bareExchange(`x${index}`, index));
    expect((await ids(ledger)).length).toBe(700);
    await waitFor(() => events.some((event) => event.startsWith('ledger_recovered')));
    expect(events).toEqual([
      `ledger_failing {"problem":"WORKER_ENDED","file":${JSON.stringify(file)}}`,
      'ledger_recovered {"lost":0}',
    ]);
    await ledger.close();
    expect(ledger.summary()).toEqual({ exchanges: 700, lost: 0 });
    expect(threads).toHaveLength(3);
    expect(await ids(open())).toHaveLength(700);
  });

  test.each([
    ['always dies', 'WORKER_ENDED', crashing],
    [
      'cannot be started',
      'NO_THREAD',
      (): Worker => {
        throw new Error('EAGAIN');
      },
    ],
  ] as const)('that %s costs the exchanges, and nothing else', async (_name, problem, start) => {
    const ledger = open({
      startThread: threadsBy(() => start).startThread,
      clock: fastClock,
      readLimitMs: IMPATIENT.readLimitMs,
    });
    for (let index = 0; index < 10_001; index++) ledger.record(bareExchange(`x${index}`, index));
    await waitFor(() => events.length > 0);
    expect(events).toEqual([`ledger_failing {"problem":"${problem}","file":${JSON.stringify(file)}}`]);
    expect((await ids(ledger))[0]).toBe('x9999');
    expect(ledger.summary()).toEqual({ exchanges: 10_000, lost: 1 });
    await ledger.close();
    expect(ledger.summary()).toEqual({ exchanges: 0, lost: 10_001 });
  });
});
