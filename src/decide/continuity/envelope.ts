/**
 * Our own carrier for a vendor's reasoning state inside `reasoning.encrypted_content`, the one field that Codex sends
 * back unchanged (wire-facts §1.5, §6.3): `hf1_metadata.<base64url(JSON)>`. Not encrypted: the client may read it, since it
 * holds nothing but what the client's own conversation made.
 */
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/read-json.ts';

/** Who can read what is inside: all three must be equal. */
export interface StateOwner {
  /** `Provider.stateDomain`: vendor and account. */
  readonly domain: string;
  /** The model name sent upstream. */
  readonly model: string;
  readonly wire: string;
}

export type OpenedState =
  /** Made for this owner: safe to send back. */
  | { readonly kind: 'own'; readonly payload: JsonObject }
  /** Readable by every target. */
  | { readonly kind: 'portable'; readonly payload: JsonObject }
  /** Somebody else's, or not ours at all: never to be sent. `owner` is known when we sealed it. */
  | { readonly kind: 'foreign'; readonly owner?: StateOwner };

/** With the text by which everything is found that must not reach a provider unread (`METADATA` in `wire/observe`). */
const PREFIX = 'hf1_metadata.';
/** Told apart without decoding, since every target may be sent what is in it. */
const PORTABLE_PREFIX = 'hf1_metadata_portable.';
/** No vendor is called this: configuration names are not empty and hold no star. */
const ANYBODY = '*';

export function sealState(owner: StateOwner, payload: JsonObject): string {
  return PREFIX + encode(owner, payload);
}

function encode(owner: StateOwner, payload: JsonObject): string {
  const json = JSON.stringify({ d: owner.domain, m: owner.model, w: owner.wire, p: payload });
  return Buffer.from(json, 'utf8').toString('base64url');
}

/** For what every target may read, e.g. a summary made by compaction. */
export function sealPortable(payload: JsonObject): string {
  return PORTABLE_PREFIX + encode({ domain: ANYBODY, model: ANYBODY, wire: ANYBODY }, payload);
}

/** What `sealPortable` sealed; undefined for everything else. */
export function openPortable(sealed: string): JsonObject | undefined {
  return isPortable(sealed) ? decode(sealed)?.payload : undefined;
}

/** Whether an opaque text is one that every target may read. */
export function isPortable(sealed: string): boolean {
  return sealed.startsWith(PORTABLE_PREFIX);
}

/** Never throws: whatever is not a whole envelope of ours is foreign. */
export function openState(sealed: unknown, owner: StateOwner): OpenedState {
  const envelope = decode(asString(sealed));
  if (envelope === undefined) return { kind: 'foreign' };
  const { owner: maker, payload } = envelope;
  if (maker.domain === ANYBODY) return { kind: 'portable', payload };
  const isOwn = maker.domain === owner.domain && maker.model === owner.model && maker.wire === owner.wire;
  return isOwn ? { kind: 'own', payload } : { kind: 'foreign', owner: maker };
}

/** Whether an opaque text is one of ours, without decoding it. */
export function isEnvelope(sealed: string): boolean {
  return sealed.startsWith(PREFIX) || isPortable(sealed);
}

function decode(sealed: string | undefined): { readonly owner: StateOwner; readonly payload: JsonObject } | undefined {
  if (sealed === undefined || !isEnvelope(sealed)) return undefined;
  const text = Buffer.from(sealed.slice(sealed.indexOf('.') + 1), 'base64url').toString('utf8');
  const envelope = asObject(parseJson(text));
  const domain = asString(envelope?.['d']);
  const model = asString(envelope?.['m']);
  const wire = asString(envelope?.['w']);
  const payload = envelope?.['p'];
  if (domain === undefined || model === undefined || wire === undefined || !isObject(payload)) return undefined;
  return { owner: { domain, model, wire }, payload };
}
