const LF = 10;
const CR = 13;
const LETTER_E = 101;
const USUAL = Buffer.from('data: ');

/**
 * The data of the server-sent event `bytes[start, end)` as text, for codecs that read it themselves; undefined for a
 * comment. Nothing of it is parsed: that would cost a second time what decoding costs.
 */
export function readFrameData(bytes: Buffer, start: number, end: number): string | undefined {
  // An `event:` line says nothing that the data does not.
  const line = bytes[start] === LETTER_E ? bytes.indexOf(LF, start) + 1 : start;
  const text = line + USUAL.length;
  if (text <= end && startsUsual(bytes, line)) {
    const lineEnd = bytes.indexOf(LF, text);
    if (lineEnd === end - 2 && bytes[lineEnd - 1] !== CR) return bytes.toString('utf8', text, lineEnd);
  }
  return joinDataLines(bytes.toString('utf8', start, end));
}

/** Byte by byte: a call into the machine costs more than six of these. */
function startsUsual(bytes: Buffer, at: number): boolean {
  for (let index = 0; index < USUAL.length; index++) if (bytes[at + index] !== USUAL[index]) return false;
  return true;
}

/** The standard's rule: several data lines are one text, joined by line feeds; one space after the colon is not part of it. */
function joinDataLines(frame: string): string | undefined {
  const lines = frame.split(/\r\n|\n|\r/).filter((line) => line === 'data' || line.startsWith('data:'));
  if (lines.length === 0) return undefined;
  return lines.map((line) => line.slice(line[5] === ' ' ? 6 : 5)).join('\n');
}
