/** What is wrong with a request, in Bedrock's words. */
export interface ConverseError {
  readonly status: number;
  /** As in `x-amzn-errortype`. */
  readonly type: string;
  readonly message: string;
}

const invalid = (message: string): ConverseError => ({ status: 400, type: 'ValidationException', message });

/** What the model's own API says, which Bedrock only passes on. */
const ofModel = (message: string): ConverseError => invalid(`The model returned the following errors: ${message}`);

const constraint = (at: string, value: string, rule: string): ConverseError =>
  invalid(`1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: Member must ${rule}`);

export const CONVERSE_ERRORS = {
  bodyNotJson: (): ConverseError => ({
    status: 400,
    type: 'SerializationException',
    message: 'Unexpected end-of-input',
  }),
  noKey: (): ConverseError => ({
    status: 403,
    type: 'MissingAuthenticationTokenException',
    message: 'Missing Authentication Token',
  }),
  wrongKey: (): ConverseError => ({
    status: 403,
    type: 'AccessDeniedException',
    message: 'Authentication failed: Please make sure your API Key is valid.',
  }),
  noAddress: (): ConverseError => ({ status: 404, type: 'UnknownOperationException', message: 'Not Found' }),
  noModel: () => invalid('The provided model identifier is invalid.'),
  unknownField: (name: string) => invalid(`#: extraneous key [${name}] is not permitted`),
  value: (at: string, wanted: string) => invalid(`The value at ${at} must be ${wanted}.`),
  constraint,
  ofModel,
  tooLong: (tokens: number, most: number) => ofModel(`prompt is too long: ${tokens} tokens > ${most} maximum`),
  firstRole: () =>
    invalid(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    ),
  alternate: () =>
    invalid(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between ' +
        'user and assistant roles and try again.',
    ),
  emptyContent: (at: string) =>
    invalid(
      `The content field in the Message object at ${at} is empty. Add a ContentBlock object to the content field and ` +
        'try again.',
    ),
  blankText: (at: string) =>
    invalid(`The text field in the ContentBlock object at ${at} is blank. Add text to the text field, and try again.`),
  blockKind: (at: string) =>
    invalid(`The ContentBlock object at ${at} must set one of the following keys: text, image, ….`),
  missingResults: (at: string, ids: string) =>
    invalid(`Expected toolResult blocks at ${at} for the following Ids: ${ids}`),
  tooManyResults: (at: string) =>
    invalid(`The number of toolResult blocks at ${at} exceeds the number of toolUse blocks of previous turn.`),
  repeatedIds: (at: string, ids: string) => invalid(`The toolUse blocks at ${at} contain duplicate Ids: ${ids}`),
  noTools: () => invalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.'),
  repeatedTool: (name: string, at: string) => invalid(`The tool ${name} is already defined at ${at}.`),
  image: (at: string) => invalid(`The image at ${at} could not be processed.`),
  prefill: () =>
    ofModel('This model does not support assistant message prefill. The conversation must end with a user message.'),
} as const satisfies Readonly<Record<string, (...values: never[]) => ConverseError>>;
