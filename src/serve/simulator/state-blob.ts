import { createHash, createHmac } from 'node:crypto';

/**
 * A vendor's opaque state (`encrypted_content`): looks like the Fernet tokens that OpenAI issues (`gAAAA…`), and can be
 * read only by the state domain (vendor and account) that issued it. The secrecy is for show; the rejection is exact.
 */
export interface StateBlob {
  readonly domain: string;
  /** The item it was issued in: under another item id it is not accepted. */
  readonly itemId: string;
  /** Tool calls of the turn that a compaction swallowed. */
  readonly callsAnswered?: number;
  /** Hash of what stood before it, where that must not change. */
  readonly prefix?: string;
}

const HEADER_BYTES = 9;
const IV_BYTES = 16;
const MAC_BYTES = 32;

/** `bytes` is the length of the padded payload: vendors' blobs grow with the thinking they hold. */
export function sealState(blob: StateBlob, issuedAtSeconds: number, bytes: number): string {
  const payload = Buffer.from(JSON.stringify(blob).padEnd(bytes));
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = 0x80;
  header.writeBigUInt64BE(BigInt(issuedAtSeconds), 1);
  const iv = createHash('sha256').update(payload).digest().subarray(0, IV_BYTES);
  const token = Buffer.concat([header, iv, mask(payload, iv)]);
  return Buffer.concat([token, sign(token)]).toString('base64url');
}

/** `undefined` for anything that no simulator issued or that was changed on the way. */
export function openState(text: string): StateBlob | undefined {
  const token = Buffer.from(text, 'base64url');
  const end = token.length - MAC_BYTES;
  if (end <= HEADER_BYTES + IV_BYTES || !sign(token.subarray(0, end)).equals(token.subarray(end))) return undefined;
  const iv = token.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES);
  return JSON.parse(mask(token.subarray(HEADER_BYTES + IV_BYTES, end), iv).toString()) as StateBlob;
}

const sign = (bytes: Buffer): Buffer => createHmac('sha256', 'holdfast simulator').update(bytes).digest();

function mask(bytes: Buffer, iv: Buffer): Buffer {
  const pad = createHash('sha256').update(iv).digest();
  const masked = Buffer.from(bytes);
  for (let index = 0; index < masked.length; index += 1) {
    masked[index] = (bytes[index] ?? 0) ^ (pad[(index + (index >> 5)) & 31] ?? 0);
  }
  return masked;
}
