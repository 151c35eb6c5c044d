import type { Simulator } from '../../src/serve/simulator/simulator.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';
import { parseAnswers, type WireAnswer } from './parse-answers.ts';
import { connectRaw } from './raw-client.ts';
import { scenarioNamed } from './record-streams.ts';
import { GATEWAY_KEY, routeOver, startWalk, type WalkGateway } from './start-walk.ts';

/** A request that any HTTP/1.1 server answers, and ends the connection. Its answer is 200 and `ok`. */
export const LAST_REQUEST = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';
/** What a client of another make sends with every request. */
export const CLIENT_HEADERS = {
  host: '127.0.0.1',
  'user-agent': 'OpenAI/JS 7.57.0',
  authorization: `Bearer ${GATEWAY_KEY}`,
  'content-type': 'application/json',
} as const;

/** A gateway before one healthy provider. */
export interface Door {
  readonly walk: WalkGateway;
  readonly upstream: Simulator;
  readonly stop: () => Promise<void>;
}

/** `server`: further lines of `[server]`. */
export async function openDoor(server = '', options: Partial<SimulatorOptions> = {}): Promise<Door> {
  const upstream = await startSimulator({ scenario: scenarioNamed('text'), name: 'vendor', ...options });
  const walk = startWalk(routeOver([upstream.url]).replace('[server]', `[server]\n${server}`));
  return {
    walk,
    upstream,
    stop: async () => {
      await walk.stop();
      await upstream.stop();
    },
  };
}

/** What came of a connection. */
export interface Talk {
  /** Answers to what was sent, without that to the last request. */
  readonly answers: readonly WireAnswer[];
  /** The connection was in order to the end: the last request was understood as one, and answered. */
  readonly isLastAnswered: boolean;
  /** Bytes that belong to no answer. */
  readonly rest: string;
}

/** Longer than any limit that these tests set. Who is silent for so long hangs. */
const HANGS_AFTER_MS = 15_000;

/**
 * Sends `text` (a character per byte) and then the last request, and reads until the gateway closes the connection. The
 * last request tells what the gateway made of the first: its bytes, should it take them for a body, or a request of its
 * own. `at-once`: before there is an answer to the first, which may wait for more.
 */
export async function talk(port: number, text: string, last: 'at-once' | 'after-answer'): Promise<Talk> {
  const client = await connectRaw(port);
  let isHanging = false;
  const guard = setTimeout(() => {
    isHanging = true;
    client.leave();
  }, HANGS_AFTER_MS);
  const write = (more: string): void => client.write(Buffer.from(more, 'latin1'));
  const answersNow = (): readonly WireAnswer[] => parseAnswers(client.receivedBytes(), false).answers;
  write(last === 'at-once' ? `${text}${LAST_REQUEST}` : text);
  if (last === 'after-answer') {
    await client.waitUntil(() => answersNow().at(-1)?.isComplete === true);
    write(LAST_REQUEST);
  }
  // The gateway may keep an orderly connection open for a moment.
  await client.waitUntil(() => isLastAnswer(answersNow().at(-1)));
  clearTimeout(guard);
  client.leave();
  if (isHanging) throw new Error(`no end after ${HANGS_AFTER_MS} ms; received: ${client.received().slice(0, 200)}`);
  const { answers, rest } = parseAnswers(client.receivedBytes(), true);
  const isLastAnswered = isLastAnswer(answers.at(-1));
  return { answers: isLastAnswered ? answers.slice(0, -1) : answers, isLastAnswered, rest };
}

const isLastAnswer = (answer: WireAnswer | undefined): boolean =>
  answer?.status === 200 && answer.isComplete && answer.body === 'ok\n';
