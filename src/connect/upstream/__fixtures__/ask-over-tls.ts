/** `ask-over-tls.ts URL…`: one request each, in a process of its own, since authorities are read when Bun starts. */
import { GatewayError } from '../../../core/failures.ts';
import { createSystemClock } from '../create-system-clock.ts';
import { createUpstream } from '../create-upstream.ts';
import { readAll, requestTo } from './scripted-server.ts';

const upstream = createUpstream({ clock: createSystemClock() });
const results: string[] = [];
for (const url of process.argv.slice(2)) {
  try {
    results.push(await readAll(await upstream.send(requestTo(url))));
  } catch (error) {
    results.push(error instanceof GatewayError ? `${error.failure.code} ${error.failure.upstreamCode}` : String(error));
  }
}
process.stdout.write(JSON.stringify(results));
process.exit(0);
