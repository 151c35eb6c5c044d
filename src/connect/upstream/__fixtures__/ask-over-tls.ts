/**
 * `ask-over-tls.ts URL…`: one request to each, in a process of its own, since authorities are read when Bun starts. With
 * `ECHO_BYTES` a body of that many bytes is sent, and the answer is read slowly and hashed.
 */
import { createHash } from 'node:crypto';
import { GatewayError } from '../../../core/failures.ts';
import type { UpstreamResponse } from '../../../core/ports.ts';
import { createSystemClock } from '../create-system-clock.ts';
import { createUpstream } from '../create-upstream.ts';
import { readAll, requestTo } from './scripted-server.ts';

const echoBytes = Number(process.env['ECHO_BYTES'] ?? 0);
const upstream = createUpstream({ clock: createSystemClock() });
const results: string[] = [];
for (const url of process.argv.slice(2)) {
  try {
    const body = Uint8Array.from({ length: echoBytes }, (_, index) => index);
    const response = await upstream.send(requestTo(url, echoBytes === 0 ? {} : { body }));
    results.push(echoBytes === 0 ? await readAll(response) : await hashSlowly(response));
  } catch (error) {
    results.push(error instanceof GatewayError ? `${error.failure.code} ${error.failure.upstreamCode}` : String(error));
  }
}
process.stdout.write(JSON.stringify(results));
process.exit(0);

async function hashSlowly(response: UpstreamResponse): Promise<string> {
  const sha256 = createHash('sha256');
  for (let chunk = await response.read(); chunk !== undefined; chunk = await response.read()) {
    sha256.update(chunk);
    await Bun.sleep(5);
  }
  return sha256.digest('hex');
}
