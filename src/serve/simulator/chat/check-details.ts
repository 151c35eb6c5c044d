import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { checkThought } from '../thought-signature.ts';

/** Whether `reasoning_details` are as they were sent: those that were signed, with their text; encrypted ones, whole. */
export function checkDetails(details: unknown, domain: string): boolean {
  if (details === undefined) return true;
  if (!Array.isArray(details) || !details.every(isObject)) return false;
  return objectsOf(details).every((detail) => isOwnDetail(detail, domain));
}

function isOwnDetail({ type, text, signature, data, format }: JsonObject, domain: string): boolean {
  if (type === 'reasoning.encrypted') return checkThought({ domain, text: '' }, data) === 'ok';
  if (type !== 'reasoning.text' || typeof text !== 'string') return false;
  return signature === undefined || signature === null
    ? textOfJson(format).startsWith('MiniMax')
    : checkThought({ domain, text }, signature) === 'ok';
}
