import type { Reply } from '../../exchange/walk-types.ts';

/** Bun's direct stream: chunks go to the socket without a queue of their own. */
interface DirectController {
  /** Bytes taken, or a promise when the client must catch up first. */
  write(chunk: Uint8Array): number | Promise<number>;
  flush(): number | Promise<number>;
  /** With an error: resets the connection, and what could not be written counts as written. */
  close(error?: Error): void;
}

export interface BunReply extends Reply {
  /** Resolves when the answer's head is known. */
  readonly response: Promise<Response>;
}

/** Connects the walk's answer to a `Response` of Bun.serve. */
export function createReply(): BunReply {
  const { promise: response, resolve: respond } = Promise.withResolvers<Response>();
  const { promise: ended, resolve: endStream } = Promise.withResolvers<void>();
  let isStarted = false;
  let controller: DirectController | undefined;
  let isClosed = false;
  /** Written before Bun asked for the body. */
  let early: Uint8Array[] = [];

  const close = (error?: Error): void => {
    try {
      controller?.close(error);
    } catch {
      // the client went first
    }
    endStream();
  };

  return {
    response,
    get isStarted() {
      return isStarted;
    },
    start: (headers) => {
      isStarted = true;
      const source = {
        type: 'direct' as const,
        pull: (direct: DirectController): Promise<void> => {
          controller = direct;
          void writeAll(direct, early);
          early = [];
          if (isClosed) close();
          return ended;
        },
        cancel: () => endStream(),
      };
      // Bun's own kind of source, which the web's types do not know.
      const stream = new ReadableStream(source);
      respond(new Response(stream, { status: 200, headers: { ...headers } }));
    },
    write: (parts) => {
      if (isClosed) return undefined;
      if (controller !== undefined) return writeAll(controller, parts);
      early.push(...parts);
      return undefined;
    },
    end: () => {
      if (isClosed) return;
      isClosed = true;
      if (controller !== undefined) close();
    },
    drop: () => {
      isClosed = true;
      close(new Error('the client does not read'));
    },
    send: (status, headers, body) => {
      isStarted = true;
      isClosed = true;
      respond(new Response(body, { status, headers: { ...headers } }));
    },
  };
}

function writeAll(controller: DirectController, parts: readonly Uint8Array[]): Promise<void> | undefined {
  let waiting: Promise<unknown> | undefined;
  for (const part of parts) {
    const written = controller.write(part);
    if (written instanceof Promise) waiting = waiting === undefined ? written : Promise.all([waiting, written]);
  }
  const flushed = controller.flush();
  if (flushed instanceof Promise) waiting = waiting === undefined ? flushed : Promise.all([waiting, flushed]);
  return waiting?.then(
    () => undefined,
    () => undefined,
  );
}
