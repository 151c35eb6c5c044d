import { expect, test } from 'bun:test';
import { createMemoryLedger } from './create-memory-ledger.ts';
import { bareExchange, ledgerContract } from './ledger.contract.ts';

ledgerContract('memory', () => createMemoryLedger());

test('beyond its capacity the oldest go', async () => {
  const ledger = createMemoryLedger({ capacity: 3 });
  for (let index = 0; index < 10; index++) ledger.record(bareExchange(`x${index}`, index));
  expect((await ledger.recent(10)).map(({ id }) => id)).toEqual(['x9', 'x8', 'x7']);
  expect(ledger.summary()).toEqual({ exchanges: 3, lost: 0 });
});
