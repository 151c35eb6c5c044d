import { FAILURES, type FailureFacts } from '../src/core/failures.ts';

/** `docs/failures.md`, from the one table of failures. */
export function renderFailures(): string {
  const rows = Object.entries(FAILURES).map(
    ([code, facts]: [string, FailureFacts]) =>
      `| \`${code}\` | ${facts.text} | ${facts.blame} | ${facts.scope} | ${facts.retry} | ${facts.cooldown} | ${facts.status} |`,
  );
  return `# Failures

Generated from \`src/core/failures.ts\` by \`npm run generate\`.

- **Blame**: whose doing it was. \`network\` is local-origin (DNS, refused, our own timeouts) and counted apart.
- **Scope**: what it says something about. Everything that shares the scope rests with it.
- **Retry**: \`next\` another target at once; \`same\` also the same target after a backoff, when nothing else is left;
  \`never\` the answer goes to the client.
- **Rest**: \`count\` after several in a row; \`hint\` as long as the provider says, capped; \`eject\` at once; \`withdrawn\` at
  once and longer. Every rest ends, and the last target that is left is tried in spite of it.
- **Status**: what a client gets when it is the final answer. Codex ends at once on 400 and shows the text; it would repeat
  a 5xx up to 30 times.

| Code | Text | Blame | Scope | Retry | Rest | Status |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}
