import type { Config } from '../../core/config-schema.ts';
import { formatDuration } from '../../core/parse-duration.ts';
import type { Settings } from '../../core/settings.ts';
import type { KeySource, Provider, Timeouts } from '../../core/target.ts';
import { findPreset } from '../catalog/find-preset.ts';
import { isCertainlyName } from './check-key.ts';
import { LISTEN_VARIABLE } from './check-server.ts';
import type { ReadContext } from './read-context.ts';
import { describePath, type TomlDocument, type TomlPath } from './toml-document.ts';

/** Who set a value: the later ones of this list win over the earlier ones. */
export type SettingSource =
  | { readonly kind: 'default' }
  | { readonly kind: 'preset'; readonly preset: string }
  /** Set nowhere near: taken over from another key. */
  | { readonly kind: 'inherited'; readonly from: string }
  | { readonly kind: 'file'; readonly line: number }
  | { readonly kind: 'environment'; readonly name: string };

/** One effective setting and where it comes from. Keys and header values are never shown. */
export interface SettingLayer {
  /** As in the file, with routes by their ids: `routes.codex.targets[0].model`. */
  readonly key: string;
  /** As it would be written in the file; `undefined` = unknown or not set. */
  readonly value: string | number | boolean | readonly (string | number)[] | undefined;
  /** In words, for what is not shown as a value: where a key comes from. */
  readonly note?: string;
  readonly source: SettingSource;
}

type Value = SettingLayer['value'];

/** Every setting with the layer that set it, for `holdfast config explain`. */
export function explainSettings(
  config: Config,
  settings: Settings,
  document: TomlDocument,
  context: ReadContext,
): readonly SettingLayer[] {
  const fromFile = (path: TomlPath): SettingSource | undefined =>
    document.has(path) ? { kind: 'file', line: document.locate(path).line } : undefined;
  const layers: SettingLayer[] = [];
  const add: Add = (path, value, otherwise = { kind: 'default' }, key = path) => {
    const shown = typeof value === 'object' && 'note' in value ? { value: undefined, note: value.note } : { value };
    layers.push({ key: describePath(key), ...shown, source: fromFile(path) ?? otherwise });
  };
  const override = context.env[LISTEN_VARIABLE] || undefined;
  if (override === undefined) add(['server', 'listen'], config.server.listen);
  else layers.push({ key: 'server.listen', value: override, source: { kind: 'environment', name: LISTEN_VARIABLE } });
  explainServer(config, settings, add);
  for (const section of ['timeouts', 'retry', 'health', 'ledger'] as const) {
    for (const [name, value] of Object.entries(config[section])) add([section, name], value);
  }
  if (config.ledger.file === undefined) add(['ledger', 'file'], settings.ledger.file);
  for (const provider of settings.providers.values()) explainProvider(provider, add, fromFile);
  config.routes.forEach((route, index) => {
    const path = ['routes', index];
    const name = ['routes', route.id];
    for (const field of ['models', 'substitution', 'effects', 'tools'] as const) {
      add([...path, field], route[field], undefined, [...name, field]);
    }
    route.targets.forEach((target, at) => {
      for (const field of [
        'provider',
        'model',
        'same_model',
        'context_window',
        'images',
        'max_output_tokens',
        'priority',
        'weight',
        'on_error',
        'on_timeout',
      ] as const) {
        add([...path, 'targets', at, field], target[field], undefined, [...name, 'targets', at, field]);
      }
      const timeouts = settings.routes[index]?.targets[at]?.timeouts;
      if (timeouts === undefined) return;
      for (const [field, value] of timeoutEntries(timeouts)) {
        const inherited: SettingSource = { kind: 'inherited', from: `providers.${target.provider}.timeouts.${field}` };
        const key = [...name, 'targets', at, 'timeouts', field];
        add([...path, 'targets', at, 'timeouts', field], value, inherited, key);
      }
    });
  });
  return layers;
}

type Note = { readonly note: string };
type Add = (path: TomlPath, value: Value | Note, otherwise?: SettingSource, key?: TomlPath) => void;

function explainServer(config: Config, settings: Settings, add: Add): void {
  const { key: _key, listen: _listen, ...rest } = config.server;
  add(
    ['server', 'key'],
    settings.server.key === undefined ? { note: 'random local key' } : describeKey(settings.server.key),
  );
  for (const [name, value] of Object.entries(rest)) add(['server', name], value);
}

const timeoutEntries = (timeouts: Timeouts): readonly (readonly [string, string])[] => [
  ['connect', formatDuration(timeouts.connectMs)],
  ['headers', formatDuration(timeouts.headersMs)],
  ['first_event', formatDuration(timeouts.firstEventMs)],
  ['idle', formatDuration(timeouts.idleMs)],
  ['total', formatDuration(timeouts.totalMs)],
];

function explainProvider(provider: Provider, add: Add, fromFile: (path: TomlPath) => SettingSource | undefined): void {
  const path = ['providers', provider.id];
  const preset = findPreset(provider.preset ?? '');
  const fromPreset: SettingSource =
    provider.preset === undefined ? { kind: 'default' } : { kind: 'preset', preset: provider.preset };
  /** The preset is named only for what it really says. */
  const source = (said: unknown): SettingSource => (said === undefined ? { kind: 'default' } : fromPreset);
  if (provider.preset !== undefined) add([...path, 'preset'], provider.preset);
  add([...path, 'wire'], provider.wire, fromPreset);
  add([...path, 'base_url'], provider.baseUrl, fromPreset);
  add([...path, 'key'], describeKey(provider.key), fromPreset);
  add([...path, 'auth'], provider.auth, fromPreset);
  add([...path, 'dialect'], provider.dialect, source(preset?.dialect));
  add([...path, 'jurisdiction'], provider.jurisdiction, source(provider.jurisdiction));
  add([...path, 'lab'], provider.lab, source(provider.lab));
  add([...path, 'deployment'], provider.deployment);
  add([...path, 'region'], provider.region);
  add([...path, 'state_domain'], provider.stateDomain);
  // Names only: a value may be anything.
  if (provider.extraBody !== undefined) add([...path, 'extra_body'], Object.keys(provider.extraBody));
  const headers = fromFile([...path, 'headers']);
  if (headers !== undefined) add([...path, 'headers'], Object.keys(provider.headers));
  for (const [field, value] of timeoutEntries(provider.timeouts)) {
    add([...path, 'timeouts', field], value, { kind: 'inherited', from: `timeouts.${field}` });
  }
}

/** Where a key comes from, never the key and never a command's arguments. */
function describeKey(key: KeySource): Note {
  switch (key.kind) {
    case 'none':
      return { note: 'none' };
    case 'env':
      return { note: `environment variable ${isCertainlyName(key.name) ? key.name : '(name not shown)'}` };
    case 'command':
      return { note: `command ${key.command}` };
    case 'literal':
      return { note: 'written in the file, not shown' };
    case 'aws-env':
      return { note: 'environment variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN' };
  }
}
