import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { GatewayError } from '../../core/failures.ts';
import type { Clock } from '../../core/ports.ts';
import type { Inbound } from '../../exchange/walk-types.ts';

type Decoder = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;

const DECODERS: Readonly<Record<string, Decoder>> = {
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
  br: brotliDecompressSync,
  deflate: inflateSync,
};

/** A request as the walk sees it: capped in size and time, its content encoding undone. */
export function createInbound(request: Request, clock: Clock, operation?: Inbound['operation']): Inbound {
  return {
    ...(operation === undefined ? {} : { operation }),
    header: (name) => request.headers.get(name),
    signal: request.signal,
    readBody: async (maxBytes, timeoutMs) => {
      if (Number(request.headers.get('content-length') ?? 0) > maxBytes)
        throw new GatewayError({ code: 'BODY_TOO_LARGE' });
      const bytes = await readInTime(request, maxBytes, timeoutMs, clock);
      return decode(bytes, request.headers.get('content-encoding'), maxBytes);
    },
  };
}

async function readInTime(request: Request, maxBytes: number, timeoutMs: number, clock: Clock): Promise<Buffer> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(timeoutMs, () => reject(new GatewayError({ code: 'BODY_TIMEOUT' })));
  try {
    // A length that was declared is a limit by itself, and the quick way.
    const isMeasured = request.headers.has('content-length');
    const read = await Promise.race([isMeasured ? request.arrayBuffer() : readCapped(request, maxBytes), timeout]);
    return read instanceof ArrayBuffer ? Buffer.from(read) : read;
  } catch (error) {
    throw error instanceof GatewayError ? error : new GatewayError({ code: 'CLIENT_GONE' }, { cause: error });
  } finally {
    cancel();
  }
}

async function readCapped(request: Request, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new GatewayError({ code: 'BODY_TOO_LARGE' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer, encoding: string | null, maxBytes: number): Buffer {
  if (encoding === null || encoding === 'identity') return bytes;
  const decoder = DECODERS[encoding.toLowerCase()];
  if (decoder === undefined)
    throw new GatewayError(
      { code: 'BAD_REQUEST' },
      {
        message: `The content encoding "${encoding.slice(0, 32)}" is not known here. Send the body unencoded, or as zstd, gzip, br or deflate.`,
      },
    );
  try {
    return decoder(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new GatewayError(
      { code: isTooLarge ? 'BODY_TOO_LARGE' : 'BAD_REQUEST' },
      isTooLarge ? {} : { message: `The body is not valid ${encoding}.` },
    );
  }
}
