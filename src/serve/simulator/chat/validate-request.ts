import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, numberOf, objectsOf, ownValue } from '../json.ts';
import type { Strictness } from '../wire.ts';
import type { ChatRules, ChatVendor } from './chat-vendor.ts';
import type { Refusal } from './refusal.ts';
import { validateMessages } from './validate-messages.ts';

export type Validated =
  | { readonly kind: 'valid'; readonly body: JsonObject; readonly model: string }
  | { readonly kind: 'invalid'; readonly refusal: Refusal };

export interface ValidationContext {
  readonly vendor: ChatVendor;
  readonly strictness: Strictness;
  /** Whose signatures are accepted. */
  readonly domain: string;
  readonly inputTokens: number;
}

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

const invalid = (refusal: Refusal): Validated => ({ kind: 'invalid', refusal });

/** Says what the vendor would say to this request. */
export function validateRequest(json: unknown, context: ValidationContext): Validated {
  const { vendor, strictness, domain, inputTokens } = context;
  if (!isObject(json)) return invalid({ kind: 'body-not-json' });
  const model = json['model'];
  if (model === undefined || model === null) return invalid({ kind: 'missing-field', name: 'model' });
  if (typeof model !== 'string') return invalid({ kind: 'wrong-value', name: 'model', detail: 'expected a string' });
  if (strictness.models !== undefined && !strictness.models.includes(model)) {
    return invalid({ kind: 'no-model', name: model });
  }
  if (strictness.contextTokens !== undefined && inputTokens > strictness.contextTokens) {
    return invalid({ kind: 'too-long' });
  }
  if (strictness.validate === false) return { kind: 'valid', body: json, model };
  const refusal =
    checkFields(json, vendor.rules) ?? checkTools(json, vendor.rules) ?? validateMessages(json, vendor.rules, domain);
  return refusal === undefined ? { kind: 'valid', body: json, model } : invalid(refusal);
}

function checkFields(body: JsonObject, rules: ChatRules): Refusal | undefined {
  for (const [name, value] of Object.entries(body)) {
    if (!rules.fields.has(name)) return { kind: 'unknown-field', name };
    if (value === null) return { kind: 'wrong-value', name, detail: 'null' };
  }
  for (const [path, allowed] of Object.entries(rules.values)) {
    const [field = '', inner] = path.split('.', 2);
    const value = inner === undefined ? body[field] : (body[field] as JsonObject | undefined)?.[inner];
    if (value !== undefined && !allowed.includes(value)) return wrongValue(path, value);
  }
  for (const field of ['max_tokens', 'max_completion_tokens']) {
    const value = body[field];
    if (value !== undefined && !(Number.isInteger(value) && numberOf(value) > 0)) return wrongValue(field, value);
  }
  if (body['stream'] !== undefined && typeof body['stream'] !== 'boolean') return wrongValue('stream', body['stream']);
  if (body['stream'] !== true && body['stream_options'] !== undefined) {
    return { kind: 'wrong-value', name: 'stream_options', detail: 'only allowed when streaming' };
  }
  return checkThinking(body, rules);
}

const wrongValue = (name: string, value: unknown): Refusal => ({
  kind: 'wrong-value',
  name,
  detail: JSON.stringify(value)?.slice(0, 80) ?? 'nothing',
});

function checkThinking(body: JsonObject, rules: ChatRules): Refusal | undefined {
  for (const field of ['thinking', 'reasoning']) {
    const value = body[field];
    if (value === undefined) continue;
    if (!isObject(value)) return wrongValue(field, value);
    for (const [name, inner] of Object.entries(value)) {
      const allowed = ownValue(rules.thinking, name);
      if (allowed === undefined) return { kind: 'unknown-field', name: `${field}.${name}` };
      if (allowed.length > 0 && !allowed.includes(inner)) return wrongValue(`${field}.${name}`, inner);
    }
  }
  return undefined;
}

function checkTools(body: JsonObject, rules: ChatRules): Refusal | undefined {
  const tools = body['tools'];
  if (tools === undefined) {
    for (const name of ['tool_choice', 'parallel_tool_calls']) {
      if (body[name] !== undefined)
        return { kind: 'wrong-value', name, detail: 'only allowed when tools are specified' };
    }
    return undefined;
  }
  if (!Array.isArray(tools) || tools.length === 0 || objectsOf(tools).length !== tools.length) {
    return { kind: 'wrong-value', name: 'tools', detail: 'expected an array of at least one tool' };
  }
  const names = new Set<string>();
  for (const [at, tool] of objectsOf(tools).entries()) {
    const refusal = checkTool(tool, at, rules, names);
    if (refusal !== undefined) return refusal;
  }
  return checkChoice(body['tool_choice'], names);
}

function checkTool(tool: JsonObject, at: number, rules: ChatRules, names: Set<string>): Refusal | undefined {
  const { type, function: definition } = tool;
  if (type !== 'function') return wrongValue(`tools[${at}].type`, type);
  if (!isObject(definition)) return { kind: 'missing-field', name: `tools[${at}].function` };
  const surplus = [
    ...Object.keys(tool).filter((field) => field !== 'type' && field !== 'function'),
    ...Object.keys(definition).filter((field) => !rules.functionFields.includes(field)),
  ][0];
  if (surplus !== undefined) return { kind: 'unknown-field', name: `tools[${at}].function.${surplus}` };
  const { name, parameters } = definition;
  if (typeof name !== 'string' || !TOOL_NAME.test(name)) return { kind: 'tool-name', at, name: textOfJson(name) };
  if (names.has(name)) return { kind: 'repeated-tool-name', at, name };
  names.add(name);
  if (!isObject(parameters) || parameters['type'] !== 'object') return { kind: 'tool-schema', at, name };
  return undefined;
}

function checkChoice(choice: unknown, names: ReadonlySet<string>): Refusal | undefined {
  if (choice === undefined || choice === 'auto' || choice === 'none' || choice === 'required') return undefined;
  const wanted = isObject(choice) && choice['type'] === 'function' ? choice['function'] : undefined;
  const isKnown = isObject(wanted) && names.has(textOfJson(wanted['name']));
  return isKnown ? undefined : wrongValue('tool_choice', choice);
}
