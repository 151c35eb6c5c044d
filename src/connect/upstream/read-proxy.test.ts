import { expect, test } from 'bun:test';
import { hasProxy } from './read-proxy.ts';

test.each([
  ['no proxy is set', 'https://api.example.com', {}, false],
  ['https by HTTPS_PROXY', 'https://api.example.com', { HTTPS_PROXY: 'http://p:1' }, true],
  ['http by http_proxy in lower case', 'http://api.example.com', { http_proxy: 'http://p:1' }, true],
  ['the other scheme has one', 'http://api.example.com', { HTTPS_PROXY: 'http://p:1' }, false],
  ['an empty value is none', 'https://api.example.com', { HTTPS_PROXY: '' }, false],
  [
    'NO_PROXY names the host',
    'https://api.example.com',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x, api.example.com' },
    false,
  ],
  [
    'NO_PROXY names the domain',
    'https://api.example.com',
    { HTTPS_PROXY: 'http://p:1', no_proxy: '.example.com' },
    false,
  ],
  [
    'NO_PROXY names only an ending of letters',
    'https://api.example.com',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'ample.com' },
    true,
  ],
  [
    'NO_PROXY names host and port',
    'http://127.0.0.1:8000',
    { HTTP_PROXY: 'http://p:1', NO_PROXY: '127.0.0.1:8000' },
    false,
  ],
  ['NO_PROXY is everything', 'https://api.example.com', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, false],
])('%s', (_name, url, env, expected) => {
  expect(hasProxy(new URL(url), env)).toBe(expected);
});
