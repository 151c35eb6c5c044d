import { expect, test } from 'bun:test';
import { readOrigin } from './write-request.ts';

test.each([
  ['https://api.example.com/v1', 'https://api.example.com:443', 'api.example.com', 443, 'api.example.com', '/v1'],
  ['https://api.example.com:443', 'https://api.example.com:443', 'api.example.com', 443, 'api.example.com', ''],
  ['http://api.example.com/', 'http://api.example.com:80', 'api.example.com', 80, 'api.example.com', ''],
  [
    'https://API.example.com:8443/a/b',
    'https://api.example.com:8443',
    'api.example.com',
    8443,
    'api.example.com:8443',
    '/a/b',
  ],
  ['http://[::1]:8000/v1', 'http://[::1]:8000', '::1', 8000, '[::1]:8000', '/v1'],
  ['https://[2001:db8::1]', 'https://[2001:db8::1]:443', '2001:db8::1', 443, '[2001:db8::1]', ''],
])('%s', (baseUrl, key, hostname, port, host, basePath) => {
  expect(readOrigin(baseUrl)).toEqual({ key, hostname, port, host, basePath, isTls: baseUrl.startsWith('https') });
});
