import { expect, test } from 'bun:test';
import { isLoopback, parseListenAddress } from './listen-address.ts';

test.each([
  ['127.0.0.1:4141', '127.0.0.1', 4141],
  ['localhost:0', 'localhost', 0],
  ['[::1]:65535', '::1', 65_535],
  ['gateway.example:80', 'gateway.example', 80],
])('%s', (text, hostname, port) => expect(parseListenAddress(text)).toEqual({ hostname, port }));

test.each([
  '',
  '4141',
  ':4141',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '::1:80',
  'a b:80',
  'http://a:80',
  'a:80/',
  'a:-1',
])('"%s" is not an address to listen on', (text) => expect(parseListenAddress(text)).toBeUndefined());

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['LOCALHOST', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.example', false],
  ['localhost.example', false],
])('%s is reached from this machine only: %p', (hostname, expected) => expect(isLoopback(hostname)).toBe(expected));
