import type { RetryStatus } from '../../../decide/codex-config/describe-status.ts';

/** How often and how long Codex tries, on one line. */
export function describeRetries(retries: RetryStatus | null): string {
  if (retries === null) return 'built into Codex, cannot be tuned';
  const { request, stream, idleMs, requestsPerStep } = retries;
  const warning = requestsPerStep > 30 ? ' (many: the two multiply)' : '';
  return `request ${request}, stream ${stream}: up to ${requestsPerStep} requests per failing step${warning}; idle ${idleMs / 1000} s`;
}
