import { hashBase62 } from '../hash-text.ts';

/** The tool behind a flat name, as Codex knows it. */
export interface ToolOrigin {
  readonly kind: 'function' | 'custom' | 'tool_search';
  readonly name: string;
  readonly namespace?: string;
}

/** Flat function names for namespaced tools, one to one. */
export interface FlatNames {
  /** Gives the tool its name; the same tool always gets the same one. A later kind replaces an earlier one. */
  readonly define: (origin: ToolOrigin) => string;
  readonly nameOf: (name: string, namespace?: string) => string;
  readonly originOf: (flatName: string) => ToolOrigin | undefined;
}

export function createFlatNames(maxLength: number): FlatNames {
  const byKey = new Map<string, string>();
  const origins = new Map<string, ToolOrigin>();
  const nameOf = (name: string, namespace?: string): string => {
    const known = byKey.get(keyOf(name, namespace));
    if (known !== undefined) return known;
    const plain = flatten(name, namespace, maxLength);
    return origins.has(plain) ? hashed(plain, keyOf(name, namespace), maxLength) : plain;
  };
  return {
    nameOf,
    define: (origin) => {
      const flatName = nameOf(origin.name, origin.namespace);
      byKey.set(keyOf(origin.name, origin.namespace), flatName);
      origins.set(flatName, origin);
      return flatName;
    },
    originOf: (flatName) => origins.get(flatName),
  };
}

/** The length keeps the pair apart whatever characters the two parts hold. */
function keyOf(name: string, namespace: string | undefined): string {
  return namespace === undefined ? `-${name}` : `${namespace.length}:${namespace}${name}`;
}

const SAFE = /^[a-zA-Z0-9_-]+$/;

/** `ns__tool`; what a vendor would not take is replaced, and a hash keeps two such names apart. */
function flatten(name: string, namespace: string | undefined, maxLength: number): string {
  const whole = namespace === undefined ? name : `${namespace}__${name}`;
  if (whole.length <= maxLength && SAFE.test(whole)) return whole;
  return hashed(whole.replace(/[^a-zA-Z0-9_-]/g, '_'), keyOf(name, namespace), maxLength);
}

const HASH_LENGTH = 8;

function hashed(name: string, key: string, maxLength: number): string {
  return `${name.slice(0, maxLength - HASH_LENGTH - 1)}_${hashBase62(key, HASH_LENGTH)}`;
}
