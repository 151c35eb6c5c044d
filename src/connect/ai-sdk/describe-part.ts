/** A part of the SDK's stream as JSON, without what only the SDK's own users need. */
import type { AiSdkWire, StreamPart } from './load-model.ts';

const UNUSED: ReadonlySet<StreamPart['type']> = new Set(['raw', 'response-metadata']);

/** Undefined for a part that says nothing to us. */
export function describePart(part: StreamPart, wire: AiSdkWire): string | undefined {
  if (UNUSED.has(part.type)) return undefined;
  switch (part.type) {
    case 'stream-start':
      // Its warnings quote names of the client's tools.
      return '{"type":"stream-start"}';
    case 'error':
      return JSON.stringify({ type: 'error', ...describeError(part.error, wire) });
    case 'finish':
      return JSON.stringify({ type: 'finish', finishReason: part.finishReason, usage: part.usage });
    default:
      return JSON.stringify(part);
  }
}

/**
 * A provider's error in the shape in which it would have come as a body. Any other error is the SDK's: it could not read
 * what came, and quotes it.
 */
function describeError(error: unknown, wire: AiSdkWire): { readonly code?: string; readonly body?: object } {
  const { data, type } = asRecord(error) ?? {};
  const detail = asRecord(data);
  if (detail === undefined || typeof type !== 'string') return {};
  if (wire !== 'converse') return { code: type, body: { error: detail } };
  return { code: type, body: { ...asRecord(detail[type]), __type: type } };
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
