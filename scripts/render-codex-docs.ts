import { LINT_RULES } from '../src/decide/codex-config/lint/run-lint.ts';
import { EXTRA_RULES } from '../src/serve/cli/codex/lint-command.ts';

const INTRO = `# Codex's own configuration

<!-- Made by "npm run generate": edit scripts/render-codex-docs.ts. -->

\`~/.codex/config.toml\` is yours. Holdfast changes single keys in it, keeps every comment, line end and table it knows nothing
about, and can take each edit back to the byte. Every command that writes has \`--dry-run\`, and every command \`--json\`.

| To… | Run |
|---|---|
| see what Codex will really use, and which file says so | \`holdfast codex status\` |
| find what today's Codex refuses, ignores or takes for something else | \`holdfast codex lint\`, then \`holdfast codex lint --fix\` |
| bring old syntax and scripts into today's form | \`holdfast codex migrate\`, \`holdfast codex migrate ci/*.sh\` |
| add, change or remove providers and profiles | \`holdfast codex providers …\`, \`holdfast codex profiles …\` |
| send Codex to the gateway, and back | \`holdfast codex connect\`, \`holdfast codex disconnect\` |
| go around the gateway on the day it is itself the problem | \`holdfast codex bypass PROVIDER\` |
| take back what Holdfast wrote, or see what was changed since | \`holdfast codex undo\`, \`holdfast codex drift\` |
| find out why Codex does not work | \`holdfast doctor\` |
| take over another tool's configuration | \`holdfast import TOOL FILE\` |

## On a bad day

\`holdfast runbook\` prints these steps with the names of your own configuration. Print it before you need it.

1. \`holdfast doctor\` says what is wrong and how to repair it.
2. \`holdfast activate TARGET --reason "…"\` lets the target call a tool in a real request, and only then switches this machine
   to it. A target that fails changes nothing; \`--force\` switches all the same, and is recorded.
3. For a team: \`--team FOLDER --expires 4h\` also publishes it to a shared or Git-tracked folder, which others follow with
   \`holdfast activate --follow FOLDER\`. \`--team http://GATEWAY\` puts the target first on a gateway that the team shares: that
   gateway asks the target itself, nobody else does anything, and \`holdfast status\` shows who did it, why, and until when.
   Without \`--expires\` it ends after a day. The key for it is the gateway's admin key: \`holdfast token --admin\` prints it on
   that machine, and \`HOLDFAST_ADMIN_KEY\` carries it on yours.
4. \`holdfast deactivate\` (with the same \`--team\`) asks what was in use before, then restores the exact files.

Who switched what, when and why is kept in \`$HOLDFAST_HOME/activations.jsonl\`, and on a gateway in \`team-activations.jsonl\`.

## What lint looks for

Each rule is proven by a test that runs the real Codex on an example of it. The rules that \`holdfast codex migrate\` repairs
are marked; \`lint --fix\` repairs those and all others that need no decision.
`;

/** Text of `docs/codex.md`. */
export function renderCodexDocs(): string {
  const rows = [...LINT_RULES, ...EXTRA_RULES].map(
    ({ id, severity, summary, isLegacy }) => `| \`${id}\` | ${severity} | ${summary} | ${isLegacy ? 'yes' : ''} |`,
  );
  return [INTRO, '| Rule | Severity | What it is about | `migrate` |', '|---|---|---|---|', ...rows, ''].join('\n');
}
