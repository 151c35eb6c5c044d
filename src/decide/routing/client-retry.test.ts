import { describe, expect, test } from 'bun:test';
import {
  createFailedRequests,
  fingerprintRequest,
  forgetFailedRequest,
  isClientRetry,
  noteFailedRequest,
} from './client-retry.ts';

describe('the client’s own retries', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const print = (thread: string | undefined, text: string) => fingerprintRequest(thread, bytes(text));
  test('the same thread with the same bytes after a failure is a retry', () => {
    const failed = createFailedRequests();
    expect(isClientRetry(failed, print('t', 'body'))).toBe(false);
    noteFailedRequest(failed, print('t', 'body'));
    expect(isClientRetry(failed, print('t', 'body'))).toBe(true);
    forgetFailedRequest(failed, print('t', 'body'));
    expect(isClientRetry(failed, print('t', 'body'))).toBe(false);
  });
  test('another thread, another length or another ending is another request', () => {
    const failed = createFailedRequests();
    noteFailedRequest(failed, print('t', 'body'));
    for (const other of [print('u', 'body'), print('t', 'body!'), print('t', 'bodY')]) {
      expect(isClientRetry(failed, other)).toBe(false);
    }
  });
  test('without a thread id nothing is recognised', () => {
    const failed = createFailedRequests();
    noteFailedRequest(failed, print(undefined, 'body'));
    expect(isClientRetry(failed, print(undefined, 'body'))).toBe(false);
  });
  test('the oldest is forgotten first', () => {
    const failed = createFailedRequests(2);
    for (const text of ['1', '2', '3']) noteFailedRequest(failed, print('t', text));
    expect(isClientRetry(failed, print('t', '1'))).toBe(false);
    expect(failed.fingerprints.size).toBe(2);
  });
});
