import { createServer } from 'node:net';
import { join } from 'node:path';
import type { CodexSandbox } from './codex-sandbox.ts';

export interface StartedGateway {
  readonly stop: () => Promise<void>;
}

/** Below those that systems give away by themselves, also to what runs beside this test. */
const FIRST_PORT = 20_000;
const PORTS_PER_PROCESS = 100;
let nextPort = 0;

/** A port that nobody listens on, and that nobody else is given until somebody does. */
export async function freePort(): Promise<number> {
  const firstPort = FIRST_PORT + (process.pid % 100) * PORTS_PER_PROCESS;
  for (;;) {
    const port = firstPort + (nextPort++ % PORTS_PER_PROCESS);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

/** `holdfast up` with the configuration in the sandbox's HOLDFAST_HOME, which must listen on `port`. */
export async function startGateway(sandbox: CodexSandbox, port: number): Promise<StartedGateway> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '..', '..', 'src', 'main.ts'), 'up'], {
    cwd: sandbox.work,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: sandbox.folder,
      HOLDFAST_HOME: join(sandbox.folder, 'holdfast'),
    },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await child.exited;
  };
  while (child.exitCode === null) {
    const isUp = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      () => true,
      () => false,
    );
    if (isUp) return { stop };
    await Bun.sleep(50);
  }
  throw new Error(`the gateway did not start: exit code ${child.exitCode}`);
}
