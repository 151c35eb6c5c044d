import { giveBack } from '../core/give-back.ts';
import type { Watch, Watched } from './watch.ts';

/** A body that nobody has needed for so long, because its answer takes long, is packed. */
const PACK_AFTER_MS = 3000;
/** Below this there is nothing to be gained; above, packing would hold everybody up for more than some 15 ms. */
const MIN_BYTES = 16_384;
const MAX_BYTES = 8_388_608;
/** Text with its JSON around it packs to a quarter. Images do not, and then it is not worth it. */
const MAX_PACKED_SHARE = 0.75;

/**
 * A request's body, kept for as long as another target may have to be asked with it. A long answer needs it only if it
 * breaks off, so meanwhile it is packed (Zstandard at its fastest, about 0.2 ms for 40 kB): a thousand open streams then
 * keep a quarter of what they were asked.
 */
export class KeptBody implements Watched {
  /** Bytes, packed or not. */
  readonly length: number;
  watchIndex = -1;

  private readonly watch: Watch;
  private bytes: Buffer | undefined;
  private packed: Uint8Array | undefined;
  private users = 0;
  /** When it was first seen to have no user; monotonic ms. */
  private idleSinceMs: number | undefined;

  /** The bytes become its own. */
  constructor(bytes: Buffer, watch: Watch) {
    this.length = bytes.length;
    this.bytes = bytes;
    this.watch = watch;
    if (this.length >= MIN_BYTES && this.length <= MAX_BYTES) watch.add(this);
  }

  /** The bytes, good for this turn of the event loop; for longer than that between `hold` and `release`. */
  read(): Buffer {
    if (this.packed !== undefined) {
      this.bytes = Bun.zstdDecompressSync(this.packed);
      this.packed = undefined;
    }
    this.idleSinceMs = undefined;
    return this.bytes ?? Buffer.alloc(0);
  }

  /** Whether these bytes are in the body's memory. */
  owns(part: Uint8Array): boolean {
    return this.bytes?.buffer === part.buffer;
  }

  hold(): void {
    this.users += 1;
  }

  release(): void {
    this.users -= 1;
  }

  check(nowMs: number): void {
    if (this.users > 0 || this.packed !== undefined) {
      this.idleSinceMs = undefined;
      return;
    }
    this.idleSinceMs ??= nowMs;
    if (nowMs - this.idleSinceMs >= PACK_AFTER_MS) this.pack();
  }

  /** Nobody needs it any more. */
  end(): void {
    this.watch.remove(this);
    if (this.bytes !== undefined) giveBack(this.bytes);
    this.bytes = undefined;
    this.packed = undefined;
  }

  private pack(): void {
    const { bytes } = this;
    if (bytes === undefined) return;
    const packed = Bun.zstdCompressSync(bytes, { level: 1 });
    if (packed.length > bytes.length * MAX_PACKED_SHARE) {
      this.watch.remove(this);
      return;
    }
    this.packed = packed;
    this.bytes = undefined;
    giveBack(bytes);
  }
}
