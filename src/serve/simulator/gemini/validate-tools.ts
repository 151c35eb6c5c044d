import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { GEMINI_ERRORS, type GeminiError } from './gemini-error.ts';
import type { GeminiVendor } from './gemini-vendor.ts';

const TOOL_NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;
const TOOL_FIELDS = ['functionDeclarations', 'googleSearch', 'codeExecution', 'urlContext'];
const FUNCTION_FIELDS = 'name description parameters parametersJsonSchema response responseJsonSchema'.split(' ');
/** The part of OpenAPI 3.0 that `parameters` may use. */
const SCHEMA_FIELDS = (
  'type format title description nullable enum maxItems minItems properties required minProperties maxProperties ' +
  'minLength maxLength pattern example anyOf propertyOrdering default items minimum maximum'
).split(' ');

export function validateTools(body: JsonObject, vendor: GeminiVendor): GeminiError | undefined {
  const { tools } = body;
  if (tools !== undefined && (!Array.isArray(tools) || objectsOf(tools).length !== tools.length)) {
    return GEMINI_ERRORS.value('tools', 'a list is expected');
  }
  const names = new Set<string>();
  for (const [at, tool] of objectsOf(tools).entries()) {
    const unknown = Object.keys(tool).find((field) => !TOOL_FIELDS.includes(field));
    if (unknown !== undefined) return GEMINI_ERRORS.unknown(unknown, `tools[${at}]`);
    for (const [index, declaration] of objectsOf(tool['functionDeclarations']).entries()) {
      const error = checkDeclaration(declaration, `tools[${at}].function_declarations[${index}]`, names, vendor);
      if (error !== undefined) return error;
    }
  }
  return checkConfig(body['toolConfig']);
}

function checkDeclaration(
  declaration: JsonObject,
  at: string,
  names: Set<string>,
  vendor: GeminiVendor,
): GeminiError | undefined {
  const known = [...FUNCTION_FIELDS, ...vendor.functionFields];
  const unknown = Object.keys(declaration).find((field) => !known.includes(field));
  if (unknown !== undefined) return GEMINI_ERRORS.unknown(unknown, at);
  const { name, parameters, parametersJsonSchema } = declaration;
  if (typeof name !== 'string' || !TOOL_NAME.test(name)) return GEMINI_ERRORS.toolName(at);
  if (names.has(name)) return GEMINI_ERRORS.repeatedTool(name);
  names.add(name);
  if (parameters !== undefined && parametersJsonSchema !== undefined) return GEMINI_ERRORS.twoSchemas(at);
  return parameters === undefined ? undefined : checkSchema(parameters, `${at}.parameters`);
}

function checkSchema(schema: unknown, at: string): GeminiError | undefined {
  if (!isObject(schema)) return GEMINI_ERRORS.value(at, 'a Schema is expected');
  const unknown = Object.keys(schema).find((field) => !SCHEMA_FIELDS.includes(field));
  if (unknown !== undefined) return GEMINI_ERRORS.unknown(unknown, at);
  const { properties, items, anyOf } = schema;
  const inner: readonly (readonly [unknown, string])[] = [
    ...Object.entries(isObject(properties) ? properties : {}).map(
      ([name, value]) => [value, `${at}.properties[${name}]`] as const,
    ),
    ...(items === undefined ? [] : [[items, `${at}.items`] as const]),
    ...objectsOf(anyOf).map((value, index) => [value, `${at}.any_of[${index}]`] as const),
  ];
  for (const [value, path] of inner) {
    const error = checkSchema(value, path);
    if (error !== undefined) return error;
  }
  return undefined;
}

function checkConfig(config: unknown): GeminiError | undefined {
  if (config === undefined) return undefined;
  const calling = isObject(config) ? config['functionCallingConfig'] : undefined;
  if (!isObject(calling)) return GEMINI_ERRORS.value('tool_config', 'function_calling_config is expected');
  const { mode, allowedFunctionNames } = calling;
  if (!/^(AUTO|ANY|NONE|VALIDATED)$/.test(textOfJson(mode))) {
    return GEMINI_ERRORS.value('tool_config.function_calling_config.mode', JSON.stringify(mode) ?? 'nothing');
  }
  const takesNames = mode === 'ANY' || mode === 'VALIDATED';
  return allowedFunctionNames !== undefined && !takesNames ? GEMINI_ERRORS.allowedNames() : undefined;
}
