/** AWS Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html). */
import { createHash, createHmac } from 'node:crypto';
import { GatewayError } from '../../core/failures.ts';
import type { Credential, UpstreamRequest } from '../../core/ports.ts';
import type { AwsKeys, Signing } from '../../core/target.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';

export interface Signable {
  readonly method: string;
  /** As it is sent, no query. */
  readonly path: string;
  /** Lower-case names. Every one is signed, `host` and `x-amz-date` have to be among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, in hex. */
  readonly bodyHash: string;
  /** `20150830T123600Z`, the same as `x-amz-date`. */
  readonly dateTime: string;
}

/** The value of `authorization`. */
export function authorizationFor(request: Signable, signing: Signing, keys: AwsKeys): string {
  const names = Object.keys(request.headers).sort();
  const canonical = [
    request.method,
    canonicalPath(request.path),
    '',
    ...names.map((name) => `${name}:${(request.headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    request.bodyHash,
  ].join('\n');
  const day = request.dateTime.slice(0, 8);
  const scope = `${day}/${signing.region}/${signing.service}/aws4_request`;
  const toSign = [ALGORITHM, request.dateTime, scope, sha256([canonical])].join('\n');
  let key: Buffer = Buffer.from(`AWS4${keys.secretAccessKey}`);
  for (const part of [day, signing.region, signing.service, 'aws4_request']) key = hmac(key, part);
  const signature = hmac(key, toSign).toString('hex');
  return `${ALGORITHM} Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

/** What is sent encoded already is encoded once more, as every AWS service but S3 wants. */
function canonicalPath(path: string): string {
  const encode = (text: string): string =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return path.split('/').map(encode).join('/');
}

function sha256(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const NO_SECRET: Credential = { reveal: () => undefined };

/** The request with its signature over the final body, and without a secret. `nowMs`: wall clock. */
export function signRequest(request: UpstreamRequest, nowMs: number): UpstreamRequest {
  const { provider } = request.target;
  const keys = readKeys(request.credential.reveal());
  if (provider.signing === undefined || keys === undefined)
    throw new GatewayError({ code: 'CREDENTIAL_UNAVAILABLE', upstreamCode: 'no_aws_keys' });
  const url = new URL(provider.baseUrl + request.path);
  const dateTime = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const bodyHash = sha256(request.body ?? []);
  const added: Record<string, string> = { 'x-amz-date': dateTime, 'x-amz-content-sha256': bodyHash };
  if (keys.sessionToken !== undefined) added['x-amz-security-token'] = keys.sessionToken;
  const type = request.headers['content-type'];
  const headers = { ...added, host: url.host, ...(type === undefined ? {} : { 'content-type': type }) };
  const authorization = authorizationFor(
    { method: request.method, path: url.pathname, headers, bodyHash, dateTime },
    provider.signing,
    keys,
  );
  return { ...request, headers: { ...request.headers, ...added, authorization }, credential: NO_SECRET };
}

/** The keys travel as JSON inside one secret: see `Credential`. */
function readKeys(secret: string | undefined): AwsKeys | undefined {
  if (secret === undefined) return undefined;
  try {
    const keys = JSON.parse(secret) as Partial<AwsKeys> | null;
    const { accessKeyId, secretAccessKey } = keys ?? {};
    return typeof accessKeyId === 'string' && typeof secretAccessKey === 'string' ? (keys as AwsKeys) : undefined;
  } catch {
    return undefined;
  }
}
