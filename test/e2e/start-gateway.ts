import { createServer } from 'node:net';
import { join } from 'node:path';
import type { CodexSandbox } from './codex-sandbox.ts';

export interface StartedGateway {
  readonly stop: () => Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  return port;
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
  for (let tries = 0; tries < 200; tries += 1) {
    const isUp = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      () => true,
      () => false,
    );
    if (isUp) return { stop };
    await Bun.sleep(50);
  }
  await stop();
  throw new Error('the gateway did not start');
}
