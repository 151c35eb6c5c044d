import type { AwsKeys } from '../../core/target.ts';
import { checkKey, unavailable } from './check-key.ts';

/** AWS's own variables. The session token belongs to temporary keys only. */
export function readAwsEnvironment(env: Readonly<Record<string, string | undefined>>): string {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey) {
    throw unavailable('env_not_set', 'AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set in the environment');
  }
  return render({ accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined }, 'env', 'the environment');
}

/**
 * What a `credential_process` of AWS prints, and `aws configure export-credentials` with it: one JSON object. Anything
 * else is refused without being repeated.
 */
export function readAwsOutput(text: string, codePrefix: string, subject: string): string {
  let output: unknown;
  try {
    output = JSON.parse(text);
  } catch {
    output = undefined;
  }
  const fields = typeof output === 'object' && output !== null ? (output as Readonly<Record<string, unknown>>) : {};
  const accessKeyId = fields['AccessKeyId'];
  const secretAccessKey = fields['SecretAccessKey'];
  const sessionToken = fields['SessionToken'] ?? undefined;
  const isUsable = typeof accessKeyId === 'string' && typeof secretAccessKey === 'string';
  if (!isUsable || !(sessionToken === undefined || typeof sessionToken === 'string')) {
    throw unavailable(`${codePrefix}_no_aws_keys`, `${subject} has no AccessKeyId and SecretAccessKey`);
  }
  return render({ accessKeyId, secretAccessKey, sessionToken }, codePrefix, subject);
}

interface FoundKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** As one secret: see `Credential`. */
function render(found: FoundKeys, codePrefix: string, subject: string): string {
  const check = (text: string): string => checkKey(text, codePrefix, subject);
  const keys: AwsKeys = {
    accessKeyId: check(found.accessKeyId),
    secretAccessKey: check(found.secretAccessKey),
    ...(found.sessionToken === undefined ? {} : { sessionToken: check(found.sessionToken) }),
  };
  return JSON.stringify(keys);
}
