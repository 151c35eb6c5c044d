import { expect, test } from 'bun:test';
import { readProxy } from './read-proxy.ts';

test.each([
  ['no proxy is set', 'https://api.example.com', {}, undefined],
  ['https by HTTPS_PROXY', 'https://api.example.com', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
  ['http by http_proxy in lower case', 'http://api.example.com', { http_proxy: 'http://p:1' }, 'http://p:1'],
  ['the other scheme has one', 'http://api.example.com', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ['an empty value is none', 'https://api.example.com', { HTTPS_PROXY: '' }, undefined],
  [
    'NO_PROXY names the host',
    'https://api.example.com',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x, api.example.com' },
    undefined,
  ],
  [
    'NO_PROXY names the domain',
    'https://api.example.com',
    { HTTPS_PROXY: 'http://p:1', no_proxy: '.example.com' },
    undefined,
  ],
  [
    'NO_PROXY names only an ending of letters',
    'https://api.example.com',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'ample.com' },
    'http://p:1',
  ],
  [
    'NO_PROXY names host and port',
    'http://127.0.0.1:8000',
    { HTTP_PROXY: 'http://p:1', NO_PROXY: '127.0.0.1:8000' },
    undefined,
  ],
  ['NO_PROXY is everything', 'https://api.example.com', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
])('%s', (_name, url, env, expected) => {
  expect(readProxy(new URL(url), env)).toBe(expected);
});
