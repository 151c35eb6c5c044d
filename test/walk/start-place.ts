import { MAX_EVENT_BYTES, type PATIENT, QUICK_REPEATS, SCENARIO } from './fault-rows.ts';
import type { FaultyProvider, StartProvider } from './faulty-providers.ts';
import { routeOver, startWalk, type WalkGateway, type WalkOptions } from './start-walk.ts';

/** A gateway before faulty providers. */
export interface Place {
  readonly walk: WalkGateway;
  readonly providers: readonly FaultyProvider[];
  readonly stop: () => Promise<void>;
}

/** A gateway before two providers: the first with `timeouts`, the second with the same or with patience. */
export async function startPlace(
  starts: readonly StartProvider[],
  timeouts: readonly (typeof PATIENT)[],
  more = QUICK_REPEATS,
  options: WalkOptions = {},
): Promise<Place> {
  const providers: FaultyProvider[] = [];
  for (const [index, start] of starts.entries()) providers.push(await start(SCENARIO, `vendor-${index + 1}`));
  const overrides = timeouts.map((limits, index) => {
    const lines = Object.entries(limits).map(([name, limit]) => `${name} = "${limit}"\n`);
    return `[providers.p${index + 1}.timeouts]\n${lines.join('')}`;
  });
  const toml = routeOver(
    providers.map((provider) => provider.url),
    overrides.join('\n'),
  ).replace('[server]', `[server]\nmax_event_bytes = ${MAX_EVENT_BYTES}`);
  const walk = startWalk(`${more}\n${toml}`, options);
  const stop = async (): Promise<void> => {
    await walk.stop();
    for (const provider of providers) await provider.stop();
  };
  return { walk, providers, stop };
}
