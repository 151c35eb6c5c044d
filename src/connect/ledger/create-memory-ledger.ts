import type { ExchangeRecord } from '../../core/exchange.ts';
import type { Ledger } from '../../core/ports.ts';

/** Keeps the newest `capacity` exchanges (default 1,000) until the process ends. */
export function createMemoryLedger(options: { readonly capacity?: number } = {}): Ledger {
  const capacity = options.capacity ?? 1000;
  // A map keeps the order in which keys came.
  const exchanges = new Map<string, ExchangeRecord>();
  let lost = 0;
  let isClosed = false;
  return {
    record: (exchange) => {
      if (isClosed) {
        lost += 1;
        return;
      }
      if (exchanges.has(exchange.id)) return;
      exchanges.set(exchange.id, exchange);
      const oldest = exchanges.size > capacity ? exchanges.keys().next().value : undefined;
      if (oldest !== undefined) exchanges.delete(oldest);
    },
    recent: async (limit) =>
      [...exchanges.values()]
        .reverse()
        .toSorted((a, b) => b.atMs - a.atMs)
        .slice(0, Math.max(0, limit)),
    summary: () => ({ exchanges: exchanges.size, lost }),
    close: async () => {
      isClosed = true;
    },
  };
}
