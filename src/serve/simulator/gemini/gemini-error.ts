/** What is wrong with a request, in Gemini's words. */
export interface GeminiError {
  readonly code: number;
  readonly status: string;
  readonly message: string;
}

const invalid = (message: string): GeminiError => ({ code: 400, status: 'INVALID_ARGUMENT', message });

const unauthenticated = (message: string): GeminiError => ({ code: 401, status: 'UNAUTHENTICATED', message });

export const GEMINI_ERRORS = {
  bodyNotJson: () => invalid('Invalid JSON payload received. Unexpected end of string.'),
  noKey: (): GeminiError => ({
    code: 403,
    status: 'PERMISSION_DENIED',
    message: "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer identity.",
  }),
  wrongKey: () => invalid('API key not valid. Please pass a valid API key.'),
  noModel: (model: string): GeminiError => ({
    code: 404,
    status: 'NOT_FOUND',
    message: `models/${model} is not found for API version v1beta, or is not supported for generateContent.`,
  }),
  noPublisherModel: (resource: string): GeminiError => ({
    code: 404,
    status: 'NOT_FOUND',
    message:
      `Publisher Model \`${resource}\` was not found or your project does not have access to it. Please ensure you are ` +
      'using a valid model version.',
  }),
  noPermission: (resource: string): GeminiError => ({
    code: 403,
    status: 'PERMISSION_DENIED',
    message:
      `Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/${resource}' ` +
      '(or it may not exist).',
  }),
  noToken: () =>
    unauthenticated('Request is missing required authentication credential. Expected OAuth 2 access token.'),
  wrongToken: () => unauthenticated('Request had invalid authentication credentials. Expected OAuth 2 access token.'),
  tokenAsKey: () =>
    unauthenticated(
      'API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that ' +
        'assert a principal.',
    ),
  noAddress: (): GeminiError => ({ code: 404, status: 'NOT_FOUND', message: 'Requested entity was not found.' }),
  unknown: (name: string, at: string) =>
    invalid(
      `Invalid JSON payload received. Unknown name "${name}"${at === '' ? '' : ` at '${at}'`}: Cannot find field.`,
    ),
  value: (at: string, value: string) => invalid(`Invalid value at '${at}': ${value}`),
  tooLong: (tokens: number, most: number) =>
    invalid(`The input token count (${tokens}) exceeds the maximum number of tokens allowed (${most}).`),
  noContents: () => invalid('* GenerateContentRequest.contents: contents is not specified\n'),
  noParts: (at: number) =>
    invalid(`* GenerateContentRequest.contents[${at}].parts: contents.parts must not be empty.\n`),
  part: (at: string) =>
    invalid(`* GenerateContentRequest.${at}.data: required oneof field 'data' must have one initialized field\n`),
  role: () => invalid('Please use a valid role: user, model.'),
  alternate: () => invalid('Please ensure that multiturn requests alternate between user and model.'),
  lastRole: () => invalid('Please ensure that multiturn requests end with a user role or a function response.'),
  callTurn: () =>
    invalid(
      'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
    ),
  responseTurn: () =>
    invalid('Please ensure that function response turn comes immediately after a function call turn.'),
  responseCount: () =>
    invalid(
      'Please ensure that the number of function response parts is equal to the number of function call parts of the ' +
        'function call turn.',
    ),
  noSignature: (name: string, position: number) =>
    invalid(
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work ' +
        'correctly, and missing thought_signature may lead to degraded model performance. Additional data, function ' +
        `call \`default_api:${name}\` , position ${position}. Please refer to ` +
        'https://ai.google.dev/gemini-api/docs/thought-signatures for more details.',
    ),
  signature: () => invalid('Corrupted thought signature.'),
  toolName: (at: string) =>
    invalid(
      `* GenerateContentRequest.${at}.name: Invalid function name. Must start with a letter or an underscore. Must be ` +
        'alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.\n',
    ),
  repeatedTool: (name: string) => invalid(`Duplicate function declaration found: ${name}`),
  twoSchemas: (at: string) =>
    invalid(`* GenerateContentRequest.${at}: parameters and parameters_json_schema cannot be set at the same time.\n`),
  twoThinkings: () => invalid('You can only set only one of thinking budget and thinking level.'),
  allowedNames: () =>
    invalid('Function calling config: allowed_function_names should only be set when mode is ANY or VALIDATED.'),
} as const satisfies Readonly<Record<string, (...values: never[]) => GeminiError>>;

export const wrapError = ({ code, message, status }: GeminiError): object => ({ error: { code, message, status } });
