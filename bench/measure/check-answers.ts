import type { Contender } from '../contenders/contender.ts';
import { decodeBody, findAnswerEnd, startAnswer } from '../load/read-answer.ts';
import { renderRequest } from '../load/render-request.ts';
import { createEventStream } from '../traffic/event-stream.ts';
import { shapeOf } from './compare-contenders.ts';

/** The load generator only counts, so before it starts, each contender must have delivered one answer byte by byte. */
export async function checkAnswer(contender: Contender, bodyBytes: number): Promise<void> {
  const answer = decodeBody(await ask(renderRequest(contender, shapeOf(bodyBytes)), contender.port)).toString();
  const { head, deltas, tail } = createEventStream({ events: 200, echoesTools: false });
  if (answer !== Buffer.concat([...head, ...deltas, ...tail]).toString()) {
    throw new Error(`${contender.name} does not deliver the upstream's answer:\n${answer.slice(0, 400)}`);
  }
}

function ask(request: Buffer, port: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Uint8Array[] = [];
  const progress = startAnswer();
  let unsent = request;
  const send = (socket: { write: (bytes: Buffer) => number }): void => {
    const written = unsent.length === 0 ? 0 : socket.write(unsent);
    if (written > 0) unsent = unsent.subarray(written);
  };
  Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: send,
      drain: send,
      data: (socket, chunk) => {
        parts.push(chunk);
        if (!findAnswerEnd(progress, chunk)) return;
        resolve(Buffer.concat(parts));
        socket.end();
      },
      close: () => reject(new Error('The connection ended before the answer did.')),
    },
  }).catch(reject);
  return promise;
}
