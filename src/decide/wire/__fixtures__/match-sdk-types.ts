/** What the official SDK's types say against a value. */
import { isObject, type JsonObject } from '../read-json.ts';
import { type Declarations, type ObjectType, readSdkDeclarations, type SdkType } from './sdk-types.ts';

let declarations: Declarations | undefined;

/** On the wire and in no type, by the `type` of the object that it stands in. */
const OFF_THE_TYPES: Readonly<Record<string, readonly string[]>> = {
  // OpenAI sends them, and the Open Responses schema wants them; `end_turn` is Codex's own.
  response: ['store', 'presence_penalty', 'frequency_penalty', 'end_turn'],
  // Earlier versions of the SDK's types had it.
  'response.function_call_arguments.done': ['name'],
  custom_tool_call: ['status'],
  // Log probabilities have no type.
  '': ['bytes'],
};
/** OpenAI's padding of deltas. */
const PADDING = 'obfuscation';
const MADE_BY_THE_SDK = new Set(['output_text', 'parsed_arguments']);

/** An event of a stream; empty when it is what the SDK declares. */
export function findEventProblems(event: JsonObject): readonly string[] {
  if (event['type'] === 'keepalive') return [];
  return findProblems(event, 'ResponseStreamEvent', String(event['type']));
}

/** A whole answer. */
export function findResponseProblems(response: unknown): readonly string[] {
  return findProblems(response, 'Response', 'response');
}

export function findProblems(value: unknown, typeName: string, path: string): readonly string[] {
  declarations ??= readSdkDeclarations();
  const type = declarations.get(typeName);
  if (type === undefined) throw new Error(`the SDK declares no ${typeName}`);
  return match(value, type, path, declarations);
}

function match(value: unknown, type: SdkType, path: string, known: Declarations): readonly string[] {
  switch (type.kind) {
    case 'any':
      return [];
    case 'primitive':
      // biome-ignore lint/suspicious/useValidTypeof: the name is one of three
      return typeof value === type.name ? [] : [`${path} is no ${type.name}`];
    case 'literal':
      return value === type.value ? [] : [`${path} is not ${JSON.stringify(type.value)}`];
    case 'array':
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((element, at) => match(element, type.element, `${path}[${at}]`, known));
    case 'reference':
      return match(value, resolve(type, known), path, known);
    case 'union':
      return matchUnion(value, type.members, path, known);
    case 'object':
      return isObject(value) ? matchObject(value, type, path, known) : [`${path} is no object`];
  }
}

function matchObject(value: JsonObject, type: ObjectType, path: string, known: Declarations): readonly string[] {
  const { fields, index } = allFields(type, known);
  const problems: string[] = [];
  for (const [name, field] of fields) {
    // OpenAI writes null where its types say that a field may be absent.
    const inside = value[name] === null && field.isOptional ? undefined : value[name];
    if (inside === undefined) {
      if (!field.isOptional && !MADE_BY_THE_SDK.has(name)) problems.push(`${path}.${name} is missing`);
    } else problems.push(...match(inside, field.type, `${path}.${name}`, known));
  }
  for (const [name, inside] of Object.entries(value)) {
    if (fields.has(name)) continue;
    if (index !== undefined) problems.push(...match(inside, index, `${path}.${name}`, known));
    else if (!isOffTheTypes(value, name)) problems.push(`${path}.${name} is in no type`);
  }
  return problems;
}

function isOffTheTypes(value: JsonObject, name: string): boolean {
  const type = String(value['object'] ?? value['type'] ?? '');
  return (OFF_THE_TYPES[type] ?? []).includes(name) || (name === PADDING && type.endsWith('.delta'));
}

/** Members that are told apart by their `type` or `status` are: the others' problems would say nothing. */
function matchUnion(
  value: unknown,
  members: readonly SdkType[],
  path: string,
  known: Declarations,
): readonly string[] {
  let least: readonly string[] | undefined;
  for (const member of members) {
    const resolved = member.kind === 'reference' ? resolve(member, known) : member;
    if (isObject(value) && resolved.kind === 'object' && isOtherType(value, resolved, known)) continue;
    const problems = match(value, resolved, path, known);
    if (problems.length === 0) return [];
    if (least === undefined || problems.length < least.length) least = problems;
  }
  return least ?? [`${path}: no type is called ${JSON.stringify(isObject(value) ? value['type'] : value)}`];
}

function isOtherType(value: JsonObject, type: ObjectType, known: Declarations): boolean {
  const field = allFields(type, known).fields.get('type');
  return field?.type.kind === 'literal' && field.type.value !== value['type'];
}

const flattened = new WeakMap<ObjectType, ObjectType>();

/** With what it inherits. */
function allFields(type: ObjectType, known: Declarations): ObjectType {
  if (type.parents.length === 0) return type;
  const made = flattened.get(type);
  if (made !== undefined) return made;
  const inherited = type.parents.map((parent) => (parent.kind === 'reference' ? resolve(parent, known) : parent));
  const fields = [...inherited, type].flatMap((one) =>
    one.kind === 'object' ? [...(one === type ? one : allFields(one, known)).fields] : [],
  );
  const whole: ObjectType = { ...type, fields: new Map(fields), parents: [] };
  flattened.set(type, whole);
  return whole;
}

/** From the innermost namespace outwards, as the language does. */
function resolve({ name, scope }: Extract<SdkType, { kind: 'reference' }>, known: Declarations): SdkType {
  for (let depth = scope.length; depth >= 0; depth -= 1) {
    const found = known.get([...scope.slice(0, depth), name].join('.'));
    if (found !== undefined) return found.kind === 'reference' ? resolve(found, known) : found;
  }
  throw new Error(`the SDK's declarations do not say what ${name} is`);
}
