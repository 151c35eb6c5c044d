import { asObject, isObject, parseJson } from '../wire/read-json.ts';

/**
 * The request without reasoning that another provider sealed, for a target that answered `invalid_encrypted_content`.
 * Readable summaries are kept. `undefined` when there is nothing to strip.
 */
export function stripForeignState(body: Buffer): Buffer | undefined {
  const request = asObject(parseJson(body.toString('utf8')));
  const input = request?.['input'];
  if (request === undefined || !Array.isArray(input)) return undefined;
  let stripped = 0;
  const kept: unknown[] = [];
  for (const item of input) {
    if (!isObject(item) || typeof item['encrypted_content'] !== 'string') {
      kept.push(item);
      continue;
    }
    stripped++;
    if (item['type'] !== 'reasoning') continue; // a sealed compaction says nothing to anyone else
    const summary = readSummary(item['summary']);
    if (summary !== '')
      kept.push({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: summary }] });
  }
  return stripped === 0 ? undefined : Buffer.from(JSON.stringify({ ...request, input: kept }));
}

function readSummary(summary: unknown): string {
  if (!Array.isArray(summary)) return '';
  return summary
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .filter((text) => text !== '')
    .join('\n');
}
