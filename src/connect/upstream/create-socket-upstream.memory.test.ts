import { expect, test } from 'bun:test';

test('20,000 streams left in their middle leave nothing behind', async () => {
  const script = new URL('./__fixtures__/abort-streams.ts', import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, script, '20000'], { stdout: 'pipe', stderr: 'inherit' });
  const { early, late, open } = JSON.parse(await new Response(child.stdout).text());
  expect(open).toBe(0);
  // Megabytes either way are the allocator's; a leak of one buffer per stream would be 500 MB.
  expect(late - early).toBeLessThan(30_000_000);
}, 120_000);
