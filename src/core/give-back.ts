/** Smaller ones are not worth the call, and may be parts of a memory that others use too. */
const MIN_BYTES = 16_384;

/**
 * Frees the memory of bytes that nobody reads any more now, and not at the next collection: what is allocated next then
 * comes to memory that the processor has at hand. They are empty from then on. Memory in which something else stands
 * behind them is left as it is; what stands before them must be done with too.
 */
export function giveBack({ buffer, byteOffset, length }: Uint8Array): void {
  if (length < MIN_BYTES || byteOffset + length !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
