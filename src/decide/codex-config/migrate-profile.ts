import type { EditOperation } from './toml/edit-operation.ts';
import { lineEnd, lineStart } from './toml/find-place.ts';
import { parseDocument, startsWithPath, type TomlDocument, type TomlHeader } from './toml/parse-document.ts';
import { renderDocument } from './toml/render-document.ts';
import { renderPath } from './toml/render-value.ts';
import { isTable, type KeyPath, sameData, type TomlTable, valueAt } from './toml/toml-data.ts';

/** Text of a profile file with the settings of an old profile table, with its comments where it is written in lines. */
export function profileText(document: TomlDocument, path: KeyPath): string {
  const table = valueAt(document.data, path);
  if (!isTable(table)) return '';
  const copied = copyLines(document, path);
  const parsed = parseDocument(copied);
  const text = parsed.kind === 'ok' && sameData(parsed.document.data, table) ? copied : renderDocument(table);
  const origin = `# Settings of [${renderPath(path)}]. Use them with: codex --profile ${path.at(-1) ?? ''}`;
  return `${origin}${document.newline}${text}`;
}

/** The bodies of `[profiles.x]` and its sub-tables as they stand, the latter without the leading keys. */
function copyLines(document: TomlDocument, path: KeyPath): string {
  const { text } = document;
  return document.headers
    .flatMap((header, index) => {
      if (!startsWithPath(header.path, path)) return [];
      const last = document.entries.findLast((entry) => entry.header === index);
      const body = text.slice(
        lineEnd(text, header.end),
        last === undefined ? lineEnd(text, header.end) : lineEnd(text, last.end),
      );
      const ended = body === '' || body.endsWith('\n') ? body : body + document.newline;
      return [shortHeader(document, header, path) + ended];
    })
    .join('');
}

function shortHeader(document: TomlDocument, header: TomlHeader, path: KeyPath): string {
  const first = header.keyRanges[path.length];
  if (first === undefined) return '';
  const { text, newline } = document;
  const line = text.slice(first.start, lineEnd(text, header.end)).trimEnd();
  const brackets = header.isArray ? '[[' : '[';
  return `${newline}${text.slice(lineStart(text, header.start), header.start)}${brackets}${line}${newline}`;
}

/**
 * Adds what an old profile says to a profile file that exists. The file wins: it is what Codex read until now.
 */
export function mergeProfile(existing: TomlTable, old: TomlTable, path: KeyPath = []): readonly EditOperation[] {
  return [...old].flatMap(([key, value]): readonly EditOperation[] => {
    const inner = [...path, key];
    const found = existing.get(key);
    if (found === undefined) return [{ kind: 'set', path: inner, value }];
    return isTable(found) && isTable(value) ? mergeProfile(found, value, inner) : [];
  });
}
