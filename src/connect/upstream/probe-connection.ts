import type { Clock } from '../../core/ports.ts';

/**
 * Opens a bare TCP connection and closes it. False only when nothing at all came back within `timeoutMs`: a refusal or
 * a name that does not resolve is an answer, and `fetch` reports those by itself.
 */
export function probeConnection(hostname: string, port: number, timeoutMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    let isOver = false;
    const finish = (isAnswered: boolean): void => {
      isOver = true;
      cancelTimer();
      resolve(isAnswered);
    };
    const cancelTimer = clock.after(timeoutMs, () => finish(false));
    Bun.connect({
      hostname,
      port,
      socket: {
        open: (socket) => {
          socket.terminate();
          if (!isOver) finish(true);
        },
        connectError: () => {
          if (!isOver) finish(true);
        },
        data: () => {},
      },
    }).catch(() => {
      if (!isOver) finish(true);
    });
  });
}
