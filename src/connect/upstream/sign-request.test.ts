import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { GatewayError } from '../../core/failures.ts';
import type { Clock, UpstreamRequest } from '../../core/ports.ts';
import type { AwsKeys, Provider } from '../../core/target.ts';
import { createUpstream } from './create-upstream.ts';
import { authorizationFor, signRequest } from './sign-request.ts';

/** The example keys, place and time of AWS's published test suite. */
const KEYS: AwsKeys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SIGNING = { service: 'service', region: 'us-east-1' };
const DATE_TIME = '20150830T123600Z';
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const HOST = { host: 'example.amazonaws.com', 'x-amz-date': DATE_TIME };

describe("AWS's published vectors", () => {
  const vectors: readonly [string, string, string, Record<string, string>, string, string][] = [
    ['get-vanilla', 'GET', '/', HOST, '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-unreserved',
      'GET',
      '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      HOST,
      '',
      '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
    ],
    ['post-vanilla', 'POST', '/', HOST, '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-header-key-sort',
      'POST',
      '/',
      { ...HOST, 'my-header1': 'value1' },
      '',
      'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
    ],
    [
      'post-header-value-case',
      'POST',
      '/',
      { ...HOST, 'my-header1': 'VALUE1' },
      '',
      'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
    ],
    [
      'post-sts-header-after',
      'POST',
      '/',
      HOST,
      '',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'post-sts-header-before',
      'POST',
      '/',
      { ...HOST, 'x-amz-security-token': TOKEN },
      '',
      '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
    ],
    [
      'post-x-www-form-urlencoded',
      'POST',
      '/',
      { ...HOST, 'content-type': 'application/x-www-form-urlencoded' },
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ];

  test.each(vectors)('%s', (_name, method, path, headers, body, signature) => {
    const signable = { method, path, headers, bodyHash: sha256(body), dateTime: DATE_TIME };
    expect(authorizationFor(signable, SIGNING, KEYS)).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${Object.keys(headers).sort().join(';')}, Signature=${signature}`,
    );
  });
});

const AT_MS = Date.UTC(2026, 10, 22, 17, 5, 9, 123);
const clock: Clock = { now: () => AT_MS, monotonic: () => performance.now(), after: () => () => {} };

function requestTo(baseUrl: string, keys: unknown, more: Partial<Provider> = {}): UpstreamRequest {
  const timeouts = { connectMs: 5000, headersMs: 5000, firstEventMs: 5000, idleMs: 5000, totalMs: 5000 };
  const provider: Provider = {
    id: 'bedrock',
    wire: 'responses',
    baseUrl,
    key: { kind: 'aws-env' },
    auth: 'sigv4',
    signing: { service: 'bedrock', region: 'eu-west-1' },
    headers: {},
    firstParty: false,
    stateDomain: 'bedrock',
    timeouts,
    ...more,
  };
  return {
    target: { id: 'bedrock/m', provider, model: 'm', isSubstitute: false, priority: 1, weight: 1, timeouts },
    method: 'POST',
    path: '/responses',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'user-agent': 'holdfast' },
    body: [Buffer.from('{"in'), Buffer.from('put":"é"}')],
    credential: { reveal: () => (typeof keys === 'string' ? keys : JSON.stringify(keys)) },
    signal: new AbortController().signal,
  };
}

describe('a signed request', () => {
  test.each([
    ['keys of a user', KEYS],
    ['temporary keys', { ...KEYS, sessionToken: TOKEN }],
  ])('%s: what arrives is what was signed, and no secret travels', async (_name, keys) => {
    const arrived: { headers: Headers; body: string; path: string }[] = [];
    const server = Bun.serve({
      port: 0,
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        arrived.push({ headers: request.headers, body: await request.text(), path: pathname });
        return new Response('{}');
      },
    });
    try {
      const upstream = createUpstream({ clock });
      const response = await upstream.send(requestTo(`http://127.0.0.1:${server.port}/openai/v1`, keys));
      response.close();
      const [request] = arrived;
      if (request === undefined) throw new Error('nothing arrived');
      const authorization = request.headers.get('authorization') ?? '';
      const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
      expect(names).toContain('host');
      expect(names.includes('x-amz-security-token')).toBe('sessionToken' in keys);
      const headers = Object.fromEntries(names.map((name) => [name, request.headers.get(name) ?? '']));
      const bodyHash = sha256(request.body);
      expect(headers).toMatchObject({ 'x-amz-date': '20261122T170509Z', 'x-amz-content-sha256': bodyHash });
      const signable = { method: 'POST', path: request.path, headers, bodyHash, dateTime: '20261122T170509Z' };
      expect(authorization).toBe(authorizationFor(signable, { service: 'bedrock', region: 'eu-west-1' }, keys));
      expect(JSON.stringify([...request.headers])).not.toContain(KEYS.secretAccessKey);
    } finally {
      await server.stop(true);
    }
  });

  test('a path that is encoded already is encoded once more', () => {
    const { headers } = signRequest({ ...requestTo('http://a.test/v1', KEYS), path: '/a%20b' }, AT_MS);
    const signed = { host: 'a.test', 'content-type': 'application/json', 'x-amz-date': headers['x-amz-date'] ?? '' };
    const withHash = { ...signed, 'x-amz-content-sha256': headers['x-amz-content-sha256'] ?? '' };
    const common = {
      method: 'POST',
      headers: withHash,
      bodyHash: withHash['x-amz-content-sha256'],
      dateTime: '20261122T170509Z',
    };
    const signing = { service: 'bedrock', region: 'eu-west-1' };
    expect(headers['authorization']).toBe(authorizationFor({ ...common, path: '/v1/a%20b' }, signing, KEYS));
    expect(headers['authorization']).not.toBe(authorizationFor({ ...common, path: '/v1/a b' }, signing, KEYS));
  });

  test.each([
    ['keys that are no JSON', 'sk-something'],
    ['keys without the secret one', { accessKeyId: 'AKIDEXAMPLE' }],
    ['null', 'null'],
  ])('%s: a named failure that shows nothing', async (_name, keys) => {
    const sent = createUpstream({ clock }).send(requestTo('http://127.0.0.1:1/v1', keys));
    const error = await sent.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GatewayError);
    expect(String(error)).not.toMatch(/sk-something|AKID/);
    expect((error as GatewayError).failure).toEqual({ code: 'CREDENTIAL_UNAVAILABLE', upstreamCode: 'no_aws_keys' });
  });
});
