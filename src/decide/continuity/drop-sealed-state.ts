import { asObject, isObject, parseJson } from '../wire/read-json.ts';

/**
 * A request without the sealed items that `isForeign` names; readable reasoning summaries stay, as assistant text.
 * `undefined` when there is nothing to drop.
 */
export function dropSealedState(body: Buffer, isForeign: (blob: string) => boolean): Buffer | undefined {
  const request = asObject(parseJson(body.toString('utf8')));
  const input = request?.['input'];
  if (request === undefined || !Array.isArray(input)) return undefined;
  let dropped = 0;
  const kept: unknown[] = [];
  for (const item of input) {
    if (!isObject(item) || typeof item['encrypted_content'] !== 'string' || !isForeign(item['encrypted_content'])) {
      kept.push(item);
      continue;
    }
    dropped++;
    if (item['type'] !== 'reasoning') continue; // a sealed compaction says nothing to anyone else
    const text = readSummary(item['summary']);
    if (text !== '') kept.push({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] });
  }
  return dropped === 0 ? undefined : Buffer.from(JSON.stringify({ ...request, input: kept }));
}

/** The sealed texts of a request, in order. */
export function listSealedState(body: Buffer): readonly string[] {
  const input = asObject(parseJson(body.toString('utf8')))?.['input'];
  if (!Array.isArray(input)) return [];
  return input.flatMap((item) =>
    isObject(item) && typeof item['encrypted_content'] === 'string' ? [item['encrypted_content']] : [],
  );
}

function readSummary(summary: unknown): string {
  if (!Array.isArray(summary)) return '';
  return summary
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .filter((text) => text !== '')
    .join('\n');
}
