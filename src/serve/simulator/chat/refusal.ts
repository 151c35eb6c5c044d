/** What a vendor may find wrong with a request, before it is put into the vendor's own words. */
export type RefusalKind =
  | 'body-not-json'
  | 'missing-field'
  | 'unknown-field'
  | 'wrong-value'
  | 'no-key'
  | 'wrong-key'
  | 'no-address'
  | 'no-model'
  | 'too-long'
  | 'unknown-role'
  | 'second-system'
  | 'roles-out-of-order'
  | 'ends-with-assistant'
  | 'empty-content'
  | 'content-part'
  | 'call-not-answered'
  | 'answers-no-call'
  | 'call-id'
  | 'repeated-call-id'
  | 'call-arguments'
  | 'reasoning-missing'
  | 'reasoning-altered'
  | 'tool-name'
  | 'repeated-tool-name'
  | 'tool-schema';

export interface Refusal {
  readonly kind: RefusalKind;
  /** Index of the message or tool that it is about. */
  readonly at?: number;
  /** The field, role, id or name that is wrong. */
  readonly name?: string;
  /** More about it, e.g. the role that stood before. */
  readonly detail?: string;
}

/** A refusal in a vendor's words. */
export interface Complaint {
  readonly status: number;
  readonly message: string;
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
}

export type Wording = (refusal: Refusal) => Complaint;
export type Wordings = Readonly<Partial<Record<RefusalKind, Wording>>>;

const bad = (message: string, more: Partial<Complaint> = {}): Complaint => ({ status: 400, message, ...more });

/** As OpenAI says it, and everybody who copied it. */
export const COMMON_WORDINGS: Readonly<Record<RefusalKind, Wording>> = {
  'body-not-json': () => bad('We could not parse the JSON body of your request.'),
  'missing-field': ({ name }) =>
    bad(`Missing required parameter: '${name}'.`, { param: name ?? null, code: 'missing_required_parameter' }),
  'unknown-field': ({ name }) => bad(`Unrecognized request argument supplied: ${name}`),
  'wrong-value': ({ name, detail }) =>
    bad(`Invalid value for '${name}': ${detail}.`, { param: name ?? null, code: 'invalid_value' }),
  'no-key': () => bad("You didn't provide an API key.", { status: 401 }),
  'wrong-key': () => bad('Incorrect API key provided.', { status: 401, code: 'invalid_api_key' }),
  'no-address': ({ name }) => bad(`Invalid URL (${name})`, { status: 404 }),
  'no-model': ({ name }) =>
    bad(`The model '${name}' does not exist or you do not have access to it.`, {
      status: 404,
      code: 'model_not_found',
    }),
  'too-long': () =>
    bad("This model's maximum context length is exceeded. Please reduce the length of the messages.", {
      param: 'messages',
      code: 'context_length_exceeded',
    }),
  'unknown-role': ({ at, name }) =>
    bad(`Invalid value: '${name}'. Supported values are: 'system', 'assistant', 'user' and 'tool'.`, {
      param: `messages[${at}].role`,
      code: 'invalid_value',
    }),
  'second-system': ({ at }) => bad('System message must be at the beginning.', { param: `messages[${at}].role` }),
  'roles-out-of-order': ({ at, name, detail }) =>
    bad(`Unexpected role '${name}' after role '${detail}'`, { param: `messages[${at}].role` }),
  'ends-with-assistant': () => bad('The conversation must end with a user message or a tool message.'),
  'empty-content': ({ at }) =>
    bad(`Invalid value for 'content': expected a string, got null.`, { param: `messages.[${at}].content` }),
  'content-part': ({ at, name }) =>
    bad(`Invalid value: '${name}'. This content type is not supported here.`, { param: `messages[${at}].content` }),
  'call-not-answered': ({ at, name }) =>
    bad(
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
        `The following tool_call_ids did not have response messages: ${name}`,
      { param: `messages.[${at}].role` },
    ),
  'answers-no-call': ({ at }) =>
    bad("Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", {
      param: `messages.[${at}].role`,
    }),
  'call-id': ({ name }) => bad(`Invalid tool call id: ${name}`),
  'repeated-call-id': ({ name }) => bad(`Invalid request: tool_call_id ${name} is duplicated`),
  'call-arguments': ({ name }) => bad(`Invalid function arguments: the arguments of ${name} must be in JSON format.`),
  'reasoning-missing': () => bad('The `reasoning_content` in the thinking mode must be passed back to the API.'),
  'reasoning-altered': ({ at }) => bad(`messages.${at}.content.0: Invalid \`signature\` in \`thinking\` block`),
  'tool-name': ({ at, name }) =>
    bad(
      (name ?? '').length > 64
        ? `Invalid 'tools[${at}].function.name': string too long. Expected a string with maximum length 64, but got a ` +
            `string with length ${name?.length} instead.`
        : `Invalid 'tools[${at}].function.name': string does not match pattern. Expected a string that matches the ` +
            "pattern '^[a-zA-Z0-9_-]+$'.",
      { param: `tools[${at}].function.name`, code: 'invalid_value' },
    ),
  'repeated-tool-name': ({ name }) => bad(`Invalid request: function name ${name} is duplicated`),
  'tool-schema': ({ at, name }) =>
    bad(`Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"'.`, {
      param: `tools[${at}].function.parameters`,
      code: 'invalid_function_parameters',
    }),
};
