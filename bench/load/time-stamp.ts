/** One clock for all processes of a machine, in µs since 1970: Bun's high-resolution timers start with the process. */
export const STAMP_FIELD = '"obfuscation":"';
export const STAMP_DIGITS = 16;

export const nowMicros = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);

export const stampNow = (): string => String(nowMicros()).padStart(STAMP_DIGITS, '0');
