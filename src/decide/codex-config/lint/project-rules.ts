import { isTable } from '../toml/toml-data.ts';
import { dataOf, type LintContext } from './lint-context.ts';
import type { LintRule, RuleHit } from './lint-rule.ts';
import { PROFILE_NAME, PROJECT_IGNORED_KEYS } from './provider-keys.ts';

/** What a profile and a project both set: the project wins. */
const projectBeatsProfile = (context: LintContext): readonly RuleHit[] => {
  const profile = context.effective.layers.find(({ role }) => role === 'profile');
  if (profile === undefined) return [];
  const projects = context.effective.layers.filter(({ role }) => role === 'project');
  return projects.flatMap((file) =>
    [...dataOf(file)]
      .filter(([key, value]) => !isTable(value) && !PROJECT_IGNORED_KEYS.includes(key) && dataOf(profile).has(key))
      .map(([key]) => ({
        file,
        path: [key],
        message: `The project's \`${key}\` beats the one of profile "${profile.profile ?? ''}".`,
        fix: `Remove it here, or give it on the command line: -c '${key}=…'`,
      })),
  );
};

export const PROJECT_RULES: readonly LintRule[] = [
  {
    id: 'project-not-trusted',
    severity: 'warning',
    summary: "an untrusted project's configuration is ignored",
    check: (context) =>
      context.files
        .filter(({ role }) => role === 'project' && !context.isProjectTrusted)
        .map((file) => ({
          file,
          message: 'The project is not trusted: Codex ignores this whole file.',
          fix: 'If you trust it, run once: codex exec --trust',
        })),
  },
  {
    id: 'project-key-ignored',
    severity: 'warning',
    summary: 'a project may not choose providers: such keys are ignored',
    check: (context) =>
      context.files
        .filter(({ role }) => role === 'project')
        .flatMap((file): RuleHit[] =>
          [...dataOf(file).keys()]
            .filter((key) => PROJECT_IGNORED_KEYS.includes(key))
            .map((key) => ({
              file,
              path: [key],
              message: `A project's file may not set \`${key}\`: Codex ignores it.`,
              fix: 'Move it to your own config.toml or to a profile.',
            })),
        ),
  },
  {
    id: 'project-beats-profile',
    severity: 'warning',
    summary: "a project's setting is stronger than the profile's",
    check: projectBeatsProfile,
  },
  {
    id: 'project-profile-ignored',
    severity: 'warning',
    summary: "profiles are not read from a project's folder",
    check: ({ misplacedProfiles = [] }) =>
      misplacedProfiles.map((path) => ({
        message: `${path}: Codex reads profiles from CODEX_HOME alone, and not from a project.`,
        fix: 'Move the file to CODEX_HOME.',
      })),
  },
];

export const FILE_RULES: readonly LintRule[] = [
  {
    id: 'not-toml',
    severity: 'error',
    summary: 'the file is not TOML',
    check: (context) =>
      context.files.flatMap((file): RuleHit[] => {
        if (file.problem === undefined) return [];
        // A broken file of an untrusted project is not even read.
        const severity = file.role === 'project' && !context.isProjectTrusted ? ('info' as const) : ('error' as const);
        const isDuplicate = file.problem.message.includes('multiple times');
        return [
          {
            file,
            severity,
            message: isDuplicate
              ? 'A key is set twice: Codex refuses to start.'
              : `Not valid TOML: ${file.problem.message}.`,
            fix: isDuplicate
              ? 'Remove one of the two. Tools that write their line at the top of the file cause this.'
              : 'Correct the line. Nothing in this file counts until then.',
          },
        ];
      }),
  },
  {
    id: 'profile-name-invalid',
    severity: 'warning',
    summary: 'a profile whose name `--profile` does not take',
    check: (context) =>
      context.files
        .filter(({ role, profile }) => role === 'profile' && profile !== undefined && !PROFILE_NAME.test(profile))
        .map((file) => ({
          file,
          message: `\`codex --profile\` does not take the name "${file.profile ?? ''}".`,
          fix: 'Rename the file: letters, digits, hyphens and underscores before ".config.toml".',
        })),
  },
  {
    id: 'profile-missing',
    severity: 'error',
    summary: 'a profile without a file is silently no profile at all',
    check: (context) => {
      const { profile } = context;
      if (profile === undefined || context.files.some((file) => file.profile === profile)) return [];
      const known = context.files.flatMap((file) => (file.role === 'profile' ? [file.profile] : []));
      return [
        {
          message: `There is no file ${profile}.config.toml. Codex says nothing about it and runs with config.toml alone.`,
          fix: known.length === 0 ? 'Create the file.' : `There are: ${known.join(', ')}.`,
        },
      ];
    },
  },
];
