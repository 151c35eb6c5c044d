/**
 * The public Responses schema, read out of the type declarations of the official SDK: nothing of it is written down by
 * hand, so a new version of the SDK brings its own rules. Understands the part of the language that they are written in.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type SdkType =
  | { readonly kind: 'any' }
  | { readonly kind: 'primitive'; readonly name: 'string' | 'number' | 'boolean' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null | undefined }
  | { readonly kind: 'array'; readonly element: SdkType }
  | { readonly kind: 'union'; readonly members: readonly SdkType[] }
  | { readonly kind: 'reference'; readonly name: string; readonly scope: readonly string[] }
  | ObjectType;

export interface ObjectType {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, { readonly type: SdkType; readonly isOptional: boolean }>;
  /** Of every other field. */
  readonly index?: SdkType;
  /** Names of the types whose fields it has as well. */
  readonly parents: readonly SdkType[];
}

export type Declarations = ReadonlyMap<string, SdkType>;

const SDK = join(import.meta.dir, '../../../../node_modules/openai/resources');

/** Interfaces, aliases and those in namespaces (`Response.IncompleteDetails`), by name. */
export function readSdkDeclarations(): Declarations {
  const declarations = new Map<string, SdkType>();
  for (const file of ['responses/responses.d.ts', 'shared.d.ts']) {
    new Reader(readFileSync(join(SDK, file), 'utf8')).readDeclarations(declarations);
  }
  return declarations;
}

const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|\s+|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*|-?\d[\d.]*|=>|.)/gy;

class Reader {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    for (const match of text.matchAll(TOKEN)) if (match[1] !== undefined) this.#tokens.push(match[1]);
  }

  readDeclarations(into: Map<string, SdkType>, scope: readonly string[] = []): void {
    while (this.#at < this.#tokens.length && this.#peek() !== '}') {
      const word = this.#next();
      if (word === 'interface') {
        const name = this.#next();
        const parents = this.#peek() === 'extends' ? this.#readParents(scope) : [];
        if (this.#peek() === '<') this.#skipTo('{');
        into.set([...scope, name].join('.'), { ...this.#readObject([...scope, name]), parents });
      } else if (word === 'type' && /^\w+$/.test(this.#peek()) && ['=', '<'].includes(this.#peek(1))) {
        const name = this.#next();
        if (this.#peek() === '<') this.#skipTo(';');
        else if (this.#take('=')) into.set([...scope, name].join('.'), this.#readType([...scope, name]));
      } else if (word === 'namespace') {
        const name = this.#next();
        this.#expect('{');
        this.readDeclarations(into, [...scope, name]);
        this.#expect('}');
      } else if (word === 'class' || word === 'import' || word === 'function') {
        this.#skipDeclaration();
      }
    }
  }

  #readParents(scope: readonly string[]): readonly SdkType[] {
    const parents: SdkType[] = [];
    do {
      this.#next();
      parents.push(this.#readName(scope));
    } while (this.#peek() === ',');
    return parents;
  }

  #readObject(scope: readonly string[]): ObjectType {
    const fields = new Map<string, { readonly type: SdkType; readonly isOptional: boolean }>();
    let index: SdkType | undefined;
    this.#expect('{');
    while (!this.#take('}')) {
      if (this.#take('readonly')) continue;
      if (this.#take('[')) {
        this.#skipTo(']');
        this.#expect(']');
        this.#expect(':');
        index = this.#readType(scope);
      } else {
        const name = unquote(this.#next());
        const isOptional = this.#take('?');
        this.#expect(':');
        fields.set(name, { type: this.#readType(scope), isOptional });
      }
      this.#take(';');
    }
    return { kind: 'object', fields, parents: [], ...(index === undefined ? {} : { index }) };
  }

  #readType(scope: readonly string[]): SdkType {
    this.#take('|');
    const members = [this.#readMember(scope)];
    while (this.#take('|')) members.push(this.#readMember(scope));
    const [only] = members;
    return only !== undefined && members.length === 1 ? only : { kind: 'union', members };
  }

  #readMember(scope: readonly string[]): SdkType {
    let type = this.#readOperand(scope);
    // Only for names of models: `(string & {}) | 'gpt-…'`.
    while (this.#take('&')) this.#readOperand(scope);
    while (this.#peek() === '[' && this.#peek(1) === ']') {
      this.#at += 2;
      type = { kind: 'array', element: type };
    }
    return type;
  }

  #readOperand(scope: readonly string[]): SdkType {
    const token = this.#peek();
    if (token === '{') return this.#readObject(scope);
    if (this.#take('(')) {
      const type = this.#readType(scope);
      this.#expect(')');
      return type;
    }
    if (/^['"]/.test(token)) return { kind: 'literal', value: unquote(this.#next()) };
    if (/^-?\d/.test(token)) return { kind: 'literal', value: Number(this.#next()) };
    switch (token) {
      case 'string':
      case 'number':
      case 'boolean':
        this.#next();
        return { kind: 'primitive', name: token };
      case 'null':
      case 'undefined':
      case 'true':
      case 'false':
        this.#next();
        return { kind: 'literal', value: WORDS[token] };
      case 'unknown':
      case 'any':
        this.#next();
        return { kind: 'any' };
      default:
        return this.#readName(scope);
    }
  }

  #readName(scope: readonly string[]): SdkType {
    let name = this.#next();
    while (this.#take('.')) name += `.${this.#next()}`;
    if (!this.#take('<')) {
      const plain = name.replace(/^(?:ResponsesAPI|Shared)\./, '');
      return { kind: 'reference', name: plain, scope: plain === name ? scope : [] };
    }
    const argument = this.#readType(scope);
    if (this.#take(',')) {
      const values = this.#readType(scope);
      this.#expect('>');
      return { kind: 'object', fields: new Map(), index: values, parents: [] };
    }
    this.#expect('>');
    return name === 'Array' ? { kind: 'array', element: argument } : { kind: 'any' };
  }

  /** A class, an import or a function: nothing that data has. */
  #skipDeclaration(): void {
    for (let depth = 0; this.#at < this.#tokens.length; ) {
      const token = this.#next();
      if ('{(['.includes(token)) depth += 1;
      else if ('})]'.includes(token)) {
        depth -= 1;
        if (depth === 0 && token === '}' && this.#peek() !== 'from' && this.#peek() !== ';') return;
      } else if (token === ';' && depth === 0) return;
    }
  }

  #skipTo(token: string): void {
    while (this.#at < this.#tokens.length && this.#peek() !== token) this.#at += 1;
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? '';
  }

  #next(): string {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (this.#take(token)) return;
    const around = this.#tokens.slice(Math.max(0, this.#at - 8), this.#at + 4).join(' ');
    throw new Error(`expected "${token}" in the SDK's declarations: … ${around} …`);
  }
}

const WORDS = { null: null, undefined, true: true, false: false } as const;

const unquote = (token: string): string => (/^['"]/.test(token) ? token.slice(1, -1) : token);
