import type { TomlInput } from './toml/toml-data.ts';

/** Settings of a profile, as paths and values. */
export type ProfileSettings = ReadonlyArray<{ readonly path: readonly string[]; readonly value: TomlInput }>;

export interface ProfileTemplate {
  readonly id: string;
  readonly summary: string;
  /** Makes no sense without a provider of its own. */
  readonly needsProvider: boolean;
  readonly settings: ProfileSettings;
}

const set = (path: string, value: TomlInput): ProfileSettings[number] => ({ path: path.split('.'), value });

/** Profiles for the three occasions for which people keep one ready. */
export const PROFILE_TEMPLATES: readonly ProfileTemplate[] = [
  {
    id: 'failover',
    summary: 'another provider, for when the usual one fails; ends instead of waiting for ever',
    needsProvider: true,
    settings: [set('features.unbounded_connection_retries', false)],
  },
  {
    id: 'regulated',
    summary: 'a provider you chose for its jurisdiction, and as little as possible sent anywhere else',
    needsProvider: true,
    settings: [
      set('web_search', 'disabled'),
      set('check_for_update_on_startup', false),
      set('analytics.enabled', false),
      set('otel.exporter', 'none'),
      set('otel.trace_exporter', 'none'),
      set('otel.metrics_exporter', 'none'),
      set('otel.log_user_prompt', false),
      set('features.plugins', false),
      set('features.unbounded_connection_retries', false),
    ],
  },
  {
    id: 'fast',
    summary: 'less thinking and shorter answers',
    needsProvider: false,
    settings: [set('model_reasoning_effort', 'low'), set('model_verbosity', 'low')],
  },
];

export interface ProfileWishes {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly effort?: string | undefined;
}

/** What a profile file says: the user's wishes first, then the template's settings. */
export function profileSettings(template: ProfileTemplate | undefined, wishes: ProfileWishes): ProfileSettings {
  const { provider, model, effort } = wishes;
  const wished = [
    ...(provider === undefined ? [] : [set('model_provider', provider)]),
    ...(model === undefined ? [] : [set('model', model)]),
    ...(effort === undefined ? [] : [set('model_reasoning_effort', effort)]),
  ];
  const keys = wished.map(({ path }) => path.join('.'));
  return [...wished, ...(template?.settings ?? []).filter(({ path }) => !keys.includes(path.join('.')))];
}
