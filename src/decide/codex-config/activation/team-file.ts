/** What a team agrees on: read by `holdfast activate --follow`, written by `--team`. Comes from others: only names. */
export interface TeamActivation {
  readonly version: 1;
  readonly isActive: boolean;
  readonly target: string;
  readonly by: string;
  readonly reason: string | null;
  /** Wall clock, ISO 8601. */
  readonly at: string;
  /** After this time nobody follows it any more. */
  readonly expiresAt: string | null;
}

/** The file inside a folder that is shared, for example a Git repository. */
export const TEAM_FILE_NAME = 'holdfast-activation.json';

export const renderTeamFile = (activation: TeamActivation): string => `${JSON.stringify(activation, undefined, 2)}\n`;

/** `undefined` for anything that is not such a file. */
export function parseTeamFile(text: string): TeamActivation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, isActive, target, by, reason, at, expiresAt }: Partial<Record<keyof TeamActivation, unknown>> =
    value;
  const isText = (field: unknown): field is string | null =>
    field === null || (typeof field === 'string' && field.length <= 1_000);
  if (version !== 1 || typeof isActive !== 'boolean' || typeof target !== 'string' || target.length > 300)
    return undefined;
  if (typeof by !== 'string' || typeof at !== 'string' || !isText(by) || !isText(reason) || !isText(expiresAt))
    return undefined;
  if (expiresAt !== null && Number.isNaN(Date.parse(expiresAt))) return undefined;
  return { version, isActive, target, by, reason, at, expiresAt };
}

/** Whether it is to be followed at this moment. */
export const isInEffect = (activation: TeamActivation, nowMs: number): boolean =>
  activation.isActive && (activation.expiresAt === null || Date.parse(activation.expiresAt) > nowMs);
