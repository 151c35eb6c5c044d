import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { COMPLAINTS, type Complaint } from './complaint.ts';

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const SERVER_TOOL =
  /^(web_search|web_fetch|code_execution|bash|text_editor|computer|memory|tool_search_tool_\w+)_\d{8}$/;
const CUSTOM_FIELDS = [
  'type',
  'name',
  'description',
  'input_schema',
  'cache_control',
  'strict',
  'defer_loading',
  'eager_input_streaming',
  'input_examples',
  'allowed_callers',
];

export function validateTools(body: JsonObject): Complaint | undefined {
  const { tools, tool_choice: choice } = body;
  if (tools !== undefined && (!Array.isArray(tools) || objectsOf(tools).length !== tools.length)) {
    return COMPLAINTS.value('tools', 'Input should be a valid list');
  }
  const names = new Set<string>();
  for (const [at, tool] of objectsOf(tools).entries()) {
    const complaint = checkTool(tool, `tools.${at}`);
    if (complaint !== undefined) return complaint;
    const name = textOfJson(tool['name']);
    if (names.has(name)) return COMPLAINTS.repeatedTool();
    names.add(name);
  }
  if (choice === undefined) return undefined;
  if (names.size === 0) return COMPLAINTS.value('tool_choice', 'may only be specified while providing tools');
  return checkChoice(choice, names);
}

function checkTool(tool: JsonObject, at: string): Complaint | undefined {
  const { type, name, input_schema: schema } = tool;
  if (type !== undefined && type !== 'custom') {
    return SERVER_TOOL.test(textOfJson(type))
      ? undefined
      : COMPLAINTS.value(`${at}.type`, `Input tag '${textOfJson(type)}' is unknown`);
  }
  if (typeof name !== 'string' || !TOOL_NAME.test(name)) {
    return COMPLAINTS.value(`${at}.custom.name`, "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'");
  }
  const extra = Object.keys(tool).find((field) => !CUSTOM_FIELDS.includes(field));
  if (extra !== undefined) return COMPLAINTS.extra(`${at}.custom.${extra}`);
  if (!isObject(schema)) return COMPLAINTS.missing(`${at}.custom.input_schema`);
  if (schema['type'] !== 'object')
    return COMPLAINTS.value(`${at}.custom.input_schema.type`, "Input should be 'object'");
  return 'oneOf' in schema || 'anyOf' in schema || 'allOf' in schema
    ? COMPLAINTS.topLevelUnion(`${at}.custom`)
    : undefined;
}

function checkChoice(choice: unknown, names: ReadonlySet<string>): Complaint | undefined {
  const { type, name, ...rest } = isObject(choice) ? choice : {};
  const isKnown =
    type === 'auto' || type === 'any' || type === 'none' || (type === 'tool' && names.has(textOfJson(name)));
  if (!isKnown)
    return COMPLAINTS.value('tool_choice', `Tool '${textOfJson(name ?? type)}' not found in provided tools`);
  const extra = Object.keys(rest).find((field) => field !== 'disable_parallel_tool_use' || type === 'none');
  return extra === undefined ? undefined : COMPLAINTS.extra(`tool_choice.${type}.${extra}`);
}
