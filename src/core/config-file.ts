/** What stood at a path, as data: a configuration that cannot be read is a problem to report, not a crash. */
export type ConfigFileReading =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  /** `reason` is in words, e.g. "it is a directory, not a file". */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Larger files are refused: no real configuration comes near. */
export const MAX_CONFIG_BYTES = 1_048_576;
