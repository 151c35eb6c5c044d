/** What is wrong with a configuration, as data: put into words for a terminal or JSON by whoever shows it. */

/** Errors stop the configuration from being used; warnings do not. */
export const CONFIG_PROBLEMS = {
  UNREADABLE: 'error',
  TOO_LARGE: 'error',
  NOT_UTF8: 'error',
  BROKEN_TOML: 'error',
  INTEGER_TOO_LARGE: 'error',
  UNKNOWN_KEY: 'error',
  MISSING_KEY: 'error',
  INVALID_VALUE: 'error',
  POLICIES_UNAVAILABLE: 'error',
  LISTEN: 'error',
  SERVER_KEY_UNSET: 'error',
  LISTEN_WITHOUT_KEY: 'error',
  DURATIONS_CONTRADICT: 'error',
  PROVIDER_NAME: 'error',
  UNKNOWN_PRESET: 'error',
  UNKNOWN_DIALECT: 'error',
  BASE_URL: 'error',
  REGION_MISSING: 'error',
  KEY_MISSING: 'error',
  HEADER: 'error',
  NO_ROUTES: 'error',
  NO_TARGETS: 'error',
  DUPLICATE_ROUTE: 'error',
  DUPLICATE_TARGET: 'error',
  MODEL_CLAIMED_TWICE: 'error',
  UNKNOWN_PROVIDER: 'error',
  LITERAL_SECRET: 'warning',
  ENV_UNSET: 'warning',
  PROVIDER_UNUSED: 'warning',
  UNKNOWN_HOST: 'warning',
  CLEARTEXT_KEY: 'warning',
  PERHAPS_SAME_MODEL: 'warning',
} as const satisfies Record<string, 'error' | 'warning'>;

export type ConfigProblemCode = keyof typeof CONFIG_PROBLEMS;

export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  readonly code: ConfigProblemCode;
  /** What is wrong, why it matters and what to do next. Never holds a value that may be a secret. */
  readonly message: string;
  /** Absolute path. */
  readonly file: string;
  /** From 1; 0 when the problem is the file as a whole. */
  readonly line: number;
  /** From 1; 0 when the problem is the file as a whole. */
  readonly column: number;
  /** Where in the configuration, e.g. `routes[0].targets[1].provider`; empty for the file as a whole. */
  readonly path: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;
}

/** `<file>:<line>:<column>: error: <message>`, the form that editors and terminals make clickable. */
export function describeConfigProblem(problem: ConfigProblem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  return `${place}: ${problem.severity}: ${problem.message}`;
}
