import { printableText } from '../printable-text.ts';
import { renderDocument } from '../toml/render-document.ts';
import { type TomlInput, toTomlTable } from '../toml/toml-data.ts';

/** How a piece of another tool's configuration was taken over. */
export interface ImportNote {
  readonly kind: 'mapped' | 'approximated' | 'no-equivalent';
  /** Where it stood, in the other tool's words. Never a value that may be a key. */
  readonly what: string;
  readonly how: string;
}

/** `[providers.<id>]` of Holdfast's configuration. */
export interface ImportedProvider {
  readonly preset?: string | undefined;
  readonly wire?: string | undefined;
  readonly base_url?: string | undefined;
  readonly region?: string | undefined;
  readonly key?: TomlInput | undefined;
  readonly auth?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface ImportedTarget {
  readonly provider: string;
  readonly model?: string | undefined;
  readonly priority: number;
  readonly weight?: number | undefined;
  readonly on_error?: readonly number[] | undefined;
  readonly on_timeout?: string | undefined;
}

export interface ImportedRoute {
  readonly id: string;
  readonly models: readonly string[];
  readonly targets: readonly ImportedTarget[];
}

export interface Imported {
  readonly providers: ReadonlyMap<string, ImportedProvider>;
  readonly routes: readonly ImportedRoute[];
  readonly notes: readonly ImportNote[];
  /** Variables that the result expects. */
  readonly variables: readonly string[];
}

/** Gathers what an importer finds. */
export class ImportBuilder {
  readonly #providers = new Map<string, ImportedProvider>();
  readonly #routes: ImportedRoute[] = [];
  readonly #notes: ImportNote[] = [];
  readonly #variables = new Set<string>();

  note(kind: ImportNote['kind'], what: string, how: string): void {
    this.#notes.push({ kind, what: printableText(what), how: printableText(how) });
  }

  /** Adds a provider under a name that is free, and gives that name. */
  provider(wanted: string, provider: ImportedProvider): string {
    const base = safeName(wanted);
    let id = base;
    for (let count = 2; this.#providers.has(id); count += 1) id = `${base}-${count}`;
    this.#providers.set(id, provider);
    return id;
  }

  route(route: ImportedRoute): void {
    if (route.targets.length > 0) this.#routes.push(route);
  }

  /** A key that stands in a variable. */
  variable(name: string): TomlInput {
    this.#variables.add(name);
    return { env: name };
  }

  /** A key that stood in the file is not copied: it gets a variable, and somebody must set it. */
  literalKey(owner: string): TomlInput {
    const name = `${safeName(owner)
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '_')}_API_KEY`;
    this.note(
      'approximated',
      `the key of ${owner}`,
      `it stood in the file and was not copied: set the variable ${name}`,
    );
    return this.variable(name);
  }

  finish(): Imported {
    const variables = [...this.#variables].toSorted();
    return { providers: this.#providers, routes: this.#routes, notes: this.#notes, variables };
  }
}

/** A name as Holdfast takes it. */
function safeName(text: string): string {
  const name = text
    .trim()
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 60);
  return name === '' ? 'imported' : name;
}

/** Text of `holdfast.toml`. */
export function renderImported(source: string, { providers, routes }: Imported): string {
  const data = toTomlTable({
    providers: Object.fromEntries([...providers].map(([id, provider]) => [id, { ...provider }])),
    routes: routes.map(({ id, models, targets }) => ({
      id,
      models,
      targets: targets.map((target) => ({ ...target })),
    })),
  });
  return `# Imported from ${source}. Check it with: holdfast config check\n\n${renderDocument(data)}`;
}
