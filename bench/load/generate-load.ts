/** The load generator, in a process of its own: does one job after the other and reports what it saw. */
import type { GeneratorCommand, GeneratorReport } from './messages.ts';
import { runLoad } from './run-load.ts';
import { type RunningSoak, runSoakLoad } from './run-soak-load.ts';
import { type RunningStreams, runStreams } from './run-streams.ts';

let streams: RunningStreams | undefined;
let soak: RunningSoak | undefined;

async function obey(command: GeneratorCommand): Promise<void> {
  switch (command.kind) {
    case 'load':
      return report({ kind: 'load-result', result: await runLoad(command) });
    case 'streams':
      streams = runStreams(command);
      report({ kind: 'streams-open', ...(await streams.opened) });
      return report({ kind: 'streams-result', result: await streams.ended });
    case 'mark':
      return streams?.mark();
    case 'soak':
      soak = runSoakLoad(command);
      return undefined;
    case 'stop':
      if (soak !== undefined) report({ kind: 'soak-result', result: await soak.stop() });
  }
}

const report = (message: GeneratorReport): void => void process.send?.(message);

process.on('message', (command) => void obey(command as GeneratorCommand));
process.on('disconnect', () => process.exit(0));
report({ kind: 'ready' });
