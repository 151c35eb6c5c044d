import { PRESETS, type Preset } from './presets.ts';

/** Names that `preset = "…"` accepts, in the catalogue's order. */
export const presetIds = (): readonly string[] => Object.keys(PRESETS);

export function findPreset(id: string): Preset | undefined {
  return Object.hasOwn(PRESETS, id) ? PRESETS[id as keyof typeof PRESETS] : undefined;
}

/** Placeholders of an address pattern: `https://x.{region}.y` → `["region"]`. */
export const placeholdersOf = (baseUrl: string): readonly string[] =>
  [...baseUrl.matchAll(/\{([a-z]+)\}/g)].map((match) => match[1] ?? '');

/** Whether the catalogue's facts (law, lab, first party) hold at this host: somebody's proxy is not the provider. */
export const isHostOf = (preset: Preset, hostname: string): boolean =>
  preset.hosts.some((pattern) => {
    const labels = hostname.toLowerCase().split('.');
    const wanted = pattern.split('.');
    return labels.length === wanted.length && wanted.every((label, index) => label === '*' || label === labels[index]);
  });
