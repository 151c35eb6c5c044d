import { expect, test } from 'bun:test';
import { isObject, type JsonObject } from '../../src/decide/wire/read-json.ts';
import { createFault } from '../../src/serve/simulator/faults/fault-table.ts';
import { TASK } from '../../src/serve/simulator/scenarios/task.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { CODEX_NOW, eventsOf, inSession, runTurn } from './codex-model.ts';
import { driveWalk } from './drive-exchange.ts';
import { settingsOf } from './start-walk.ts';

/** Every id that is an item's or a call's, in an event of any kind. */
function rename(value: unknown, nameOf: (id: string) => string): unknown {
  if (Array.isArray(value)) return value.map((inner) => rename(inner, nameOf));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const isId = name === 'item_id' || name === 'call_id' || (name === 'id' && 'type' in value);
    return [name, isId && typeof inner === 'string' ? nameOf(inner) : rename(inner, nameOf)];
  });
  return Object.fromEntries(entries);
}

const NAMES: readonly (readonly [string, (id: string) => string])[] = [
  ['that begin otherwise', (id: string) => (id.startsWith('call_') ? id : `item_${id}`)],
  ['of items that are too long', (id: string) => (id.startsWith('call_') ? id : id.padEnd(80, 'x'))],
  ['of calls that are too long', (id: string) => (id.startsWith('call_') ? id.padEnd(80, 'x') : id)],
];
/** Raw, but for what must go; and adapted, because of a tool of which nothing is said. */
const TARGETS = [
  ['openai', ''],
  ['azure', 'dialect = "azure"'],
] as const;
const NAMESPACE = { type: 'namespace', name: 'mcp__demo', description: '', tools: [{ type: 'custom', name: 'exec' }] };
const SHELL = { type: 'function', name: 'exec_command', parameters: { type: 'object', properties: {} } };

const routeTo = (line: string): string => `
[server]
listen = "127.0.0.1:0"
[providers.p1]
wire = "responses"
base_url = "http://odd.test/v1"
key = "none"
[providers.p2]
wire = "responses"
base_url = "http://fit.test/v1"
key = "none"
${line}
[[routes]]
id = "test"
models = ["*"]
  [[routes.targets]]
  provider = "p1"
  priority = 1
  [[routes.targets]]
  provider = "p2"
  priority = 2
`;

const ROWS = TARGETS.flatMap(([dialect, line]) =>
  NAMES.map(([name, nameOf]) => [name, dialect, line, nameOf] as const),
);

test.each(ROWS)(
  'a server has ids %s: %s refuses them once, and goes on without',
  async (name, dialect, line, nameOf) => {
    const odd = await startSimulator({
      scenario: TASK,
      name: 'odd',
      strict: { validate: false },
      faults: [createFault('server-error-500', undefined, { step: 2 })],
    });
    const fit = await startSimulator({ scenario: TASK, wire: 'responses', dialect, strict: { firstParty: false } });
    try {
      const walk = driveWalk(settingsOf(routeTo(line)), async (id, body) => {
        const { url } = id === 'p1' ? odd : fit;
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${url}/responses`, { method: 'POST', headers, body: Buffer.from(body) });
        const contentType = response.headers.get('content-type') ?? '';
        const text = await response.text();
        const { status } = response;
        if (id !== 'p1' || status !== 200) return { status, contentType, chunks: [Buffer.from(text)], end: 'eof' };
        const events = eventsOf(text).map((event) => rename(event, nameOf) as JsonObject);
        const chunks = events.map((event) =>
          Buffer.from(`event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`),
        );
        return { status, contentType, chunks, end: 'eof' };
      });
      const outcome = await runTurn(inSession(CODEX_NOW, `${name} ${dialect}`), walk.ask, {
        tools: [SHELL, NAMESPACE],
      });
      expect(outcome).toMatchObject({ error: undefined, reconnects: 0 });
      expect(outcome.ran).toHaveLength(2);
      expect(walk.exchanges.map(({ attempts }) => attempts.map((one) => `${one.providerId} ${one.outcome}`))).toEqual([
        ['p1 ok'],
        ['p1 SERVER_ERROR', 'p2 FOREIGN_STATE', 'p2 ok'],
        ['p2 ok'],
      ]);
    } finally {
      await odd.stop();
      await fit.stop();
    }
  },
);
