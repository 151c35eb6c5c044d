import type { StartOptions } from '../contenders/contender.ts';
import { startHoldfast } from '../contenders/holdfast.ts';
import { createCodexRequest } from '../traffic/codex-request.ts';
import { shapeOf } from './compare-contenders.ts';
import { listTree, readUse } from './process-tree.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface StartResult {
  /** From the start of the process to the first byte of an answer that it got from the upstream. */
  readonly firstByteMs: Spread;
  readonly rssMb: Spread;
}

const BODY_BYTES = 38_000;

/** `isDirect`: Bun is started by itself, without the launcher that finds it. */
export async function measureStart(options: StartOptions, isDirect: boolean, runs: number): Promise<StartResult> {
  const times: number[] = [];
  const sizes: number[] = [];
  const { body, headers } = createCodexRequest(shapeOf(BODY_BYTES));
  for (let run = 0; run < runs; run++) {
    const startedMs = performance.now();
    const gateway = await startHoldfast({
      ...options,
      core: undefined,
      name: `start-${isDirect}-${run}`,
      treatment: 'unchanged',
      isDirect,
    });
    const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/responses`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${gateway.key}` },
      body,
    });
    await response.body?.getReader().read();
    times.push(performance.now() - startedMs);
    if (response.status !== 200) throw new Error(`The first request was answered ${response.status}.`);
    sizes.push(gateway.pid === undefined ? 0 : readUse(listTree(gateway.pid)).rssMb);
    await gateway.stop();
  }
  return { firstByteMs: spreadOf(times), rssMb: spreadOf(sizes) };
}
