/** Text of somebody else as it may be shown on a terminal, where control characters are commands. */
export const printableText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
