import { expect, test } from 'bun:test';
import type { RouteTarget } from '../../core/target.ts';
import { isSameModel, resolveTarget } from './resolve-target.ts';

test.each([
  ['gpt-5.5', undefined, true],
  ['gpt-5.5', 'gpt-5.5', true],
  ['gpt-5.5', 'openai/gpt-5.5', true],
  ['openai/gpt-5.5', 'gpt-5.5', true],
  ['gpt-5.5', 'GPT-5.5', true],
  ['gpt-oss-120b', 'accounts/fireworks/models/gpt-oss-120b', true],
  ['gpt-5.5', 'gpt-5.5-eu', true],
  ['gpt-5.5', 'gpt-5.5.prod', true],
  ['gpt-5.5', 'gpt-5.5-east-us-2', true],
  ['gpt-5.5', 'gpt-5.5-swedencentral-ptu', true],
  ['gpt-5.5', 'gpt-5.5-2026-03-01', true],
  ['gpt-5.5', 'gpt-5.5-20260301', true],
  ['gpt-5.5', 'gpt-5.4', false],
  ['gpt-5.5', 'gpt-5.5-mini', false],
  ['gpt-5.5', 'gpt-5.5-mini-eu', false],
  ['gpt-5.5', 'gpt-5.5-eu-mini', false],
  ['gpt-5.5', 'gpt-5.5-codex', false],
  ['gpt-5', 'gpt-5.5', false],
  ['gpt-5', 'gpt-5-5', false],
  ['gpt-5', 'gpt-5.5-eu', false],
  ['gpt-5', 'gpt-50', false],
  ['gpt-5.5', 'gpt-5.5eu', false],
  ['gpt-5.5', 'gpt-5.5-', false],
  ['gpt-5.5', 'gpt-5.5:free', false],
  ['gpt-5.5', 'my-deployment', false],
])('asked for %s, %s is the same model: %p', (requested, model, isSame) => {
  expect(isSameModel(model === undefined ? {} : { model }, requested)).toBe(isSame);
});

test.each([
  ['my-deployment', true, true],
  ['gpt-5.5-eu', false, false],
])('%s with same_model = %p counts as the same: %p', (model, sameModel, isSame) => {
  expect(isSameModel({ model, sameModel }, 'gpt-5.5')).toBe(isSame);
});

test('a target carries the model that is sent, and only what a target has', () => {
  const timeouts = { connectMs: 1, headersMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };
  const provider = {
    id: 'azure-eu',
    wire: 'responses',
    baseUrl: 'http://127.0.0.1:1',
    key: { kind: 'none' },
    auth: 'bearer',
    headers: {},
    firstParty: false,
    stateDomain: 'azure-eu',
    timeouts,
  } as const;
  const routeTarget: RouteTarget = {
    provider,
    priority: 2,
    weight: 5,
    onTimeoutMs: 7,
    timeouts,
    sameModel: true,
    model: 'blue',
  };
  expect(resolveTarget(routeTarget, 'gpt-5.5')).toEqual({
    id: 'azure-eu/blue',
    provider,
    model: 'blue',
    isSubstitute: false,
    priority: 2,
    weight: 5,
    onTimeoutMs: 7,
    timeouts,
  });
  const { model: _model, ...withoutModel } = routeTarget;
  expect(resolveTarget(withoutModel, 'gpt-5.5')).toMatchObject({
    id: 'azure-eu/gpt-5.5',
    model: 'gpt-5.5',
    isSubstitute: false,
  });
});
