import { renderPath } from '../toml/render-value.ts';
import { isTable, stringAt, valueAt } from '../toml/toml-data.ts';
import { dataOf, type LintContext, providersOf } from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { PROFILE_NAME } from './provider-keys.ts';

const configFiles = (context: LintContext): LintContext['files'] =>
  context.files.filter(({ role }) => role !== 'project');

/** Syntax that older versions of Codex took, and that much advice in circulation still shows. */
export const LEGACY_RULES: readonly LintRule[] = [
  {
    id: 'legacy-profile-key',
    severity: 'error',
    summary: '`profile = "x"` stops every run since Codex 0.134',
    isLegacy: true,
    check: (context) =>
      configFiles(context).flatMap((file): RuleHit[] => {
        const profile = stringAt(dataOf(file), ['profile']);
        if (profile === undefined) return [];
        return [
          {
            file,
            path: ['profile'],
            message: `\`profile = "${profile}"\` is no longer supported: Codex refuses to start.`,
            fix: `Remove it, and start Codex with: codex --profile ${profile}`,
            repair: repairBy({ kind: 'remove', path: ['profile'] }),
          },
        ];
      }),
  },
  {
    id: 'legacy-profiles-table',
    severity: 'warning',
    summary: '`[profiles.x]` is ignored, and makes `--profile x` fail',
    isLegacy: true,
    check: (context) => oldProfiles(context, 'profiles'),
  },
  {
    id: 'profile-table-singular',
    severity: 'error',
    summary: '`[profile.x]` was never valid and stops every run',
    isLegacy: true,
    check: (context) => oldProfiles(context, 'profile'),
  },
  {
    id: 'wire-api-chat',
    severity: 'error',
    summary: '`wire_api = "chat"` stops every run: Codex speaks the Responses API only',
    isLegacy: true,
    check: (context) =>
      providersOf(context).flatMap(({ file, path, table }): RuleHit[] => {
        const wire = table.get('wire_api');
        if (typeof wire !== 'string' || wire === 'responses') return [];
        const key = [...path, 'wire_api'];
        return [
          {
            file,
            path: key,
            message: `\`wire_api = "${wire}"\` is not supported: Codex speaks the Responses API only and refuses to start.`,
            fix: 'Set it to "responses". A provider without that API can be reached through the Holdfast gateway.',
            repair: repairBy({ kind: 'set', path: key, value: 'responses' }),
          },
        ];
      }),
  },
  {
    id: 'approval-untrusted',
    severity: 'error',
    summary: '`approval_policy = "untrusted"` stops every run',
    isLegacy: true,
    check: (context) =>
      context.files.flatMap((file): RuleHit[] => {
        if (valueAt(dataOf(file), ['approval_policy']) !== 'untrusted') return [];
        return [
          {
            file,
            path: ['approval_policy'],
            message: '`approval_policy = "untrusted"` is no longer supported: Codex refuses to start.',
            fix: 'Remove the setting.',
            repair: repairBy({ kind: 'remove', path: ['approval_policy'] }),
          },
        ];
      }),
  },
];

function oldProfiles(context: LintContext, key: 'profile' | 'profiles'): readonly RuleHit[] {
  return configFiles(context).flatMap((file): readonly RuleHit[] => {
    const profiles = valueAt(dataOf(file), [key]);
    if (!isTable(profiles)) return [];
    if (profiles.size === 0 && key === 'profiles') return [];
    if (profiles.size === 0) {
      const repair = repairBy({ kind: 'remove', path: [key] });
      return [{ file, path: [key], message: SINGULAR, fix: 'Remove the empty table.', repair }];
    }
    return [...profiles].map(([name, table]): RuleHit => {
      const path = [key, name];
      const header = `[${renderPath(path)}]`;
      const consequence =
        key === 'profile' ? SINGULAR : `\`codex --profile ${name}\` fails, and without it the table is ignored.`;
      const message = `\`${header}\` is old syntax: ${consequence}`;
      const fix = `Move the settings to ${name}.config.toml beside config.toml, and use: codex --profile ${name}`;
      if (!isTable(table) || !PROFILE_NAME.test(name)) {
        return {
          file,
          path,
          message,
          fix: `Move the settings to a file such as work.config.toml: "${name}" cannot be a profile's name.`,
        };
      }
      return { file, path, message, fix, repair: { operations: [{ kind: 'remove', path }], movesProfile: name } };
    });
  });
}

const SINGULAR = 'Codex refuses to start, because `profile` may not be a table.';
