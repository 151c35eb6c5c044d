/**
 * What a provider of the AI SDK wants back unmodified (`providerMetadata`: thought signatures, redacted thinking), as
 * blocks of our envelope: of thoughts and of calls. A text may be signed too, but nobody insists on it, and clients take
 * what follows the last message for more than a signature.
 */
import { hashBase62 } from '../hash-text.ts';
import { asObject, isObject, type JsonObject } from '../read-json.ts';

const DIGEST_LENGTH = 9;
const SIGNED_CALL = 'signed_call';

/** A thought, for `sealBlocks`: its text is what the reasoning item shows. */
export const thoughtBlock = (text: string, meta: JsonObject | undefined): JsonObject => ({
  type: 'thinking',
  thinking: text,
  ...(meta === undefined ? {} : { meta }),
});

/** The signature of the call that follows. */
export const signedCallBlock = (name: string, input: JsonObject, meta: JsonObject): JsonObject => ({
  type: SIGNED_CALL,
  digest: digestOfCall(name, input),
  meta,
});

export const metaOf = (block: JsonObject): JsonObject | undefined => asObject(block['meta']);

/** The metadata of a call, if it is the one that was signed. */
export function metaForCall(block: JsonObject, name: string, input: JsonObject): JsonObject | undefined {
  return block['type'] === SIGNED_CALL && block['digest'] === digestOfCall(name, input) ? metaOf(block) : undefined;
}

export const isSignature = ({ type }: JsonObject): boolean => type === SIGNED_CALL;

const digestOfCall = (name: string, input: JsonObject): string =>
  hashBase62(`${name} ${JSON.stringify(sorted(input))}`, DIGEST_LENGTH);

/** Clients may write an object's keys in an order of their own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
