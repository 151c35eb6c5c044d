import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { GatewayError } from '../../core/failures.ts';
import type { Inbound } from '../../exchange/walk-types.ts';
import type { HttpRequest } from '../http-server/server-connection.ts';

type Decoder = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;

const DECODERS: Readonly<Record<string, Decoder>> = {
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
  br: brotliDecompressSync,
  deflate: inflateSync,
};

/** A request as the walk sees it: its content encoding undone. */
export function createInbound(request: HttpRequest, operation?: Inbound['operation']): Inbound {
  const { header, readBody, onGone } = request;
  return {
    ...(operation === undefined ? {} : { operation }),
    header,
    onGone,
    readBody: (maxBytes, timeoutMs) => {
      const body = readBody(maxBytes, timeoutMs);
      const encoding = header('content-encoding');
      return encoding === null ? body : body.then((bytes) => decode(bytes, encoding, maxBytes));
    },
  };
}

function decode(bytes: Buffer, encoding: string, maxBytes: number): Buffer {
  if (encoding === 'identity') return bytes;
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
