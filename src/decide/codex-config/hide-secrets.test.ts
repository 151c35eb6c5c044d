import { describe, expect, test } from 'bun:test';
import { createSecretHider, hideSecrets } from './hide-secrets.ts';

describe('in what is shown, no key is seen', () => {
  test.each([
    'experimental_bearer_token = "secret value"',
    "api_key = 'secret'",
    '"x-api-key" = "secret"',
    'http_headers = { A = "ok", Authorization = "secret" }',
    'env = { GITHUB_TOKEN = "secret", B = "ok" }',
    'x = "sk-secret"',
    'anything = ["Bearer secret"]',
    'my_tokens = ["secret", "secret2"]',
    'query_params = { key = "secret" }',
    'password="sec\\"ret"',
    'query_params = { code = "secret" }',
    'model_providers.a.http_headers = { X = "secret" }',
    'env = { SOMETHING = "secret" }',
    'base_url = "https://user:secret@host/v1"',
    'base_url = "https://secret@host/v1"',
    'base_url = "https://host/v1?code=secret&x=1"',
    'args = ["-c", "echo secret"]',
    "args = ['a-very-long-word-that-may-be-a-secret']",
    'auth = { command = "sh", args = ["-c", "print secret"] }',
    'key = "AKIAsecret"',
  ])('%s', (line) => {
    expect(hideSecrets(line)).not.toContain('ret');
    expect(hideSecrets(line)).toContain('…');
  });

  test.each([
    'env_key = "OPENAI_API_KEY"',
    'auth = { command = "holdfast", args = ["token"], timeout_ms = 5000 }',
    'credential_file = "/x/y.json"',
    'model = "gpt-5.5" # no token here',
    'base_url = "https://host.example:8080/v1"',
    'env_http_headers = { X-Team = "TEAM" }',
    '[mcp_servers.token]',
  ])('but %s is', (line) => {
    expect(hideSecrets(line)).toBe(line);
  });
});

test('what stands in a table of headers, parameters or variables is hidden line by line', () => {
  const text = `[a.http_headers] # x
X = "secret"
[a]
x = "shown"
query_params.code = 'secret'
[mcp_servers.b.env]
Y = "secret" # why
[[c]]
z = "shown"`;
  const shown = text.split('\n').map(createSecretHider()).join('\n');
  expect(shown).not.toContain('secret');
  expect(shown.match(/shown/g)?.length).toBe(2);
  expect(shown).toContain('Y = "…" # why');
});
