import { isObject, type JsonObject } from '../json.ts';

/** Models whose thinking is asked for, and signed. The others think as they like, and nothing of it is signed. */
export const isClaude = (model: string): boolean => /claude/i.test(model);

/** What goes to the model past Bedrock. */
export function modelFields(body: JsonObject): JsonObject {
  const fields = body['additionalModelRequestFields'];
  return isObject(fields) ? fields : {};
}

export function thinks(body: JsonObject, model: string): boolean {
  if (!isClaude(model)) return true;
  const { thinking } = modelFields(body);
  return isObject(thinking) && thinking['type'] !== 'disabled';
}
