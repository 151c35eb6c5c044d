import { expect, test } from 'bun:test';
import { findPreset, isHostOf, placeholdersOf, presetIds } from './find-preset.ts';
import type { Preset } from './presets.ts';

const presets = presetIds().map((id): readonly [string, Preset] => {
  const preset = findPreset(id);
  if (preset === undefined) throw new Error(id);
  return [id, preset];
});

test('there are presets', () => expect(presets.length).toBeGreaterThanOrEqual(24));

test.each(presets)('%s is complete and consistent', (_id, preset) => {
  const url = new URL(preset.baseUrl.replaceAll(/\{[a-z]+\}/g, 'x'));
  const isOwnMachine = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
  expect(url.protocol).toBe(isOwnMachine ? 'http:' : 'https:');
  expect(preset.baseUrl).not.toMatch(/\/$|\?|#|@/);
  expect(preset.sources.length).toBeGreaterThan(0);
  for (const source of preset.sources) expect(source).toMatch(/^https:\/\//);
  if (preset.jurisdiction !== undefined) expect(preset.jurisdiction).toMatch(/^[A-Z]{2}$/);
  // What is known of a provider holds at its own address; of a server of one's own nothing is known.
  const isWholeHostPlaceholder = preset.baseUrl.startsWith('https://{workspace}');
  if (!isWholeHostPlaceholder) expect(isHostOf(preset, url.hostname)).toBe(!isOwnMachine);
  if (isOwnMachine) expect([preset.jurisdiction, preset.lab, preset.envKey]).toEqual([undefined, undefined, undefined]);
  else expect(preset.envKey).toMatch(/^[A-Z][A-Z0-9_]+$/);
});

test('only OpenAI is a first party', () => {
  expect(presets.filter(([, preset]) => preset.firstParty === true).map(([id]) => id)).toEqual(['openai']);
});

test.each(['toString', '__proto__', 'constructor', '', 'OpenAI'])('"%s" is no preset', (id) => {
  expect(findPreset(id)).toBeUndefined();
});

test('placeholders of an address are found', () => {
  expect(placeholdersOf('https://x.{region}.y/{account}/v1')).toEqual(['region', 'account']);
  expect(placeholdersOf('https://x.y/v1')).toEqual([]);
});

test.each([
  ['databricks', 'adb-123.4.azuredatabricks.net', true],
  ['databricks', 'mine.cloud.databricks.com', true],
  ['azure-openai', 'mine.openai.azure.com', true],
  ['azure-openai', 'openai.azure.com', false],
  ['azure-openai', 'a.b.openai.azure.com', false],
  ['amazon-bedrock', 'bedrock-runtime.eu-west-1.amazonaws.com', true],
  ['amazon-bedrock', 'mine.eu-west-1.elb.amazonaws.com', false],
  ['amazon-bedrock-mantle', 'bedrock-mantle.eu-west-1.api.aws', true],
  ['amazon-bedrock-mantle', 'bedrock-runtime.eu-west-1.amazonaws.com', false],
  ['moonshot', 'api.moonshot.cn', false],
])('%s stands behind %s: %p', (id, hostname, isIts) => {
  const preset = findPreset(id);
  expect(preset !== undefined && isHostOf(preset, hostname)).toBe(isIts);
});
