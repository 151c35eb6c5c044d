export interface OpenAiError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

const invalid = (message: string, param: string | null, code: string | null, status = 400): OpenAiError => ({
  status,
  message,
  type: 'invalid_request_error',
  param,
  code,
});

export const OPENAI_ERRORS = {
  bodyNotJson: () => invalid('We could not parse the JSON body of your request.', null, null),
  missing: (param: string) => invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter'),
  unknown: (param: string) => invalid(`Unknown parameter: '${param}'.`, param, 'unknown_parameter'),
  wrongType: (param: string, wanted: string) =>
    invalid(`Invalid type for '${param}': expected ${wanted}.`, param, 'invalid_type'),
  wrongValue: (param: string, value: string) => invalid(`Invalid value: '${value}'.`, param, 'invalid_value'),
  unsupported: (param: string) =>
    invalid(`Unsupported parameter: '${param}' is not supported.`, param, 'unsupported_parameter'),
  emptyText: (param: string) =>
    invalid(
      `Invalid '${param}': empty string. Expected a string with minimum length 1, but got an empty string instead.`,
      param,
      'empty_string',
    ),
  tooManyLetters: (param: string, most: number, given?: number) =>
    invalid(
      `Invalid '${param}': string too long. Expected a string with maximum length ${most}` +
        `${given === undefined ? '' : `, but got a string with length ${given} instead`}.`,
      param,
      'string_above_max_length',
    ),
  tooManyEntries: (param: string, given: number) =>
    invalid(
      `Invalid '${param}': array too long. Expected an array with maximum length 0, but got an array with length ` +
        `${given} instead.`,
      param,
      'array_above_max_length',
    ),
  idPrefix: (param: string, id: string, prefix: string) =>
    invalid(`Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`, param, 'invalid_id_prefix'),
  liteMode: () =>
    invalid(
      'X-OpenAI-Internal-Codex-Responses-Lite only supports function tools, custom tools, and client-executed tool search.',
      'tools',
      'unsupported_value',
    ),
  withoutTools: (param: string) =>
    invalid(`A ${param} was set on the request but no tools were specified.`, param, 'invalid_value'),
  template: (message: string) => invalid(message, 'input', null),
  noOutputFor: (what: string, callId: string) => invalid(`No tool output found for ${what} ${callId}.`, 'input', null),
  noCallFor: (what: string, callId: string) =>
    invalid(`No tool call found for ${what} with call_id ${callId}.`, 'input', null),
  duplicateItem: (id: string) =>
    invalid(`Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`, 'input', null),
  reasoningAlone: (id: string) =>
    invalid(`Item '${id}' of type 'reasoning' was provided without its required following item.`, 'input', null),
  foreignState: (start: string) =>
    invalid(
      `The encrypted content ${start}... could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      null,
      'invalid_encrypted_content',
    ),
  tooLong: () =>
    invalid(
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
      'input',
      'context_length_exceeded',
    ),
  noKey: () => invalid('Missing bearer authentication in header', null, null, 401),
  wrongKey: () =>
    invalid(
      'Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.',
      null,
      'invalid_api_key',
      401,
    ),
  noModel: (model: string) =>
    invalid(`The model '${model}' does not exist or you do not have access to it.`, null, 'model_not_found', 404),
  noAddress: (method: string, path: string) => invalid(`Invalid URL (${method} ${path})`, null, null, 404),
  wrongMethod: (method: string, path: string) =>
    invalid(`Not allowed to ${method} on ${path}.`, null, 'method_not_supported', 405),
} as const;
