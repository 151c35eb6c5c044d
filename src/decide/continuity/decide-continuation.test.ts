import { expect, test } from 'bun:test';
import { readClientKind } from './client-kind.ts';
import { type Continuation, decideContinuation, type Forwarded } from './decide-continuation.ts';

const CURRENT = readClientKind('codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm', 'codex_exec');
const OLD = readClientKind('codex_cli_rs/0.125.0 (Debian)', 'codex_cli_rs');
const NAMELESS = readClientKind(null, 'codex_exec');
const OTHER = readClientKind('OpenAI/JS 7.57.0', null);

test.each([
  ['codex_exec/0.169.0 (Debian 12)', true],
  ['codex_cli_rs/0.128.0', true],
  ['codex-tui/1.0.0', true],
  ['codex_exec/0.127.9', false],
  ['codex_vscode/0.99.0', false],
])('%s honours end_turn:false: %p', (userAgent, honours) => {
  expect(readClientKind(userAgent, null)).toMatchObject({ kind: 'codex', honoursEndTurn: honours });
});

test.each<[string, typeof CURRENT, Forwarded, boolean, number, Continuation]>([
  ['nothing sent, another target', CURRENT, 'nothing', true, 0, 'replay'],
  ['nothing sent, no target', CURRENT, 'nothing', false, 0, 'fail'],
  ['lifecycle sent', CURRENT, 'lifecycle', true, 0, 'replay'],
  ['partial items sent', CURRENT, 'partial', true, 0, 'replay'],
  ['partial items sent, old client', OLD, 'partial', true, 0, 'replay'],
  ['a message done', CURRENT, 'done', true, 0, 'end-turn'],
  ['a message done, no target left now', CURRENT, 'done', false, 0, 'end-turn'],
  ['a message done for the fourth time', CURRENT, 'done', true, 3, 'replay'],
  ['a message done for the fourth time, no target', CURRENT, 'done', false, 3, 'fail'],
  ['a message done, old client', OLD, 'done', true, 0, 'cut'],
  ['a message done, Codex of unknown version', NAMELESS, 'done', true, 0, 'cut'],
  ['a message done, other client', OTHER, 'done', true, 0, 'replay'],
  ['a message done, other client, no target', OTHER, 'done', false, 0, 'fail'],
  ['the final answer done', CURRENT, 'answer-done', true, 0, 'complete'],
  ['the final answer done, old client', OLD, 'answer-done', true, 0, 'complete'],
  ['the final answer done, other client, no target', OTHER, 'answer-done', false, 0, 'complete'],
  ['a call done', CURRENT, 'call-done', true, 0, 'complete'],
  ['a call done, old client', OLD, 'call-done', true, 9, 'complete'],
])('%s', (_name, client, forwarded, canReplay, continuations, expected) => {
  expect(decideContinuation({ forwarded, client, canReplay, continuations, maxContinuations: 3 })).toBe(expected);
});
