/** What is wrong with a request, in Anthropic's words. */
export interface Complaint {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

const invalid = (message: string): Complaint => ({ status: 400, type: 'invalid_request_error', message });

export const COMPLAINTS = {
  bodyNotJson: () => invalid('The request body is not valid JSON.'),
  noKey: () => ({ status: 401, type: 'authentication_error', message: 'x-api-key header is required' }),
  wrongKey: () => ({ status: 401, type: 'authentication_error', message: 'invalid x-api-key' }),
  noAddress: () => ({ status: 404, type: 'not_found_error', message: 'Not Found' }),
  noModel: (model: string) => ({ status: 404, type: 'not_found_error', message: `model: ${model}` }),
  noVersion: () => invalid('anthropic-version: header is required'),
  version: (value: string) => invalid(`anthropic-version: "${value}" is not a valid version`),
  beta: (value: string) =>
    invalid(
      `Unexpected value(s) \`${value}\` for the \`anthropic-beta\` header. Please consult our documentation at ` +
        'docs.anthropic.com or try again without the header.',
    ),
  missing: (path: string) => invalid(`${path}: Field required`),
  extra: (path: string) => invalid(`${path}: Extra inputs are not permitted`),
  value: (path: string, wanted: string) => invalid(`${path}: ${wanted}`),
  tooLong: (tokens: number, most: number) => invalid(`prompt is too long: ${tokens} tokens > ${most} maximum`),
  firstRole: () => invalid('messages: first message must use the "user" role'),
  alternate: (role: string) =>
    invalid(
      `messages: roles must alternate between "user" and "assistant", but found multiple "${role}" roles in a row`,
    ),
  prefill: () =>
    invalid('This model does not support assistant message prefill. The conversation must end with a user message.'),
  emptyMessage: (at: number) =>
    invalid(`messages.${at}: all messages must have non-empty content except for the optional final assistant message`),
  emptyText: (path: string) => invalid(`${path}: text content blocks must be non-empty`),
  noResult: (at: number, ids: string) =>
    invalid(
      `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each ` +
        '`tool_use` block must have a corresponding `tool_result` block in the next message.',
    ),
  noUse: (path: string, id: string) =>
    invalid(
      `${path}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have ` +
        'a corresponding `tool_use` block in the previous message.',
    ),
  repeatedId: (path: string) => invalid(`${path}: \`tool_use\` ids must be unique`),
  needsTools: () => invalid('Requests which include `tool_use` or `tool_result` blocks must define tools'),
  repeatedTool: () => invalid('tools: Tool names must be unique.'),
  topLevelUnion: (path: string) =>
    invalid(`${path}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`),
  cacheBlocks: (found: number) => invalid(`A maximum of 4 blocks with cache_control may be provided. Found ${found}.`),
  signature: (path: string) => invalid(`${path}: Invalid \`signature\` in \`thinking\` block`),
  redacted: (path: string) => invalid(`${path}: Invalid \`data\` in \`redacted_thinking\` block`),
  /** https://platform.claude.com/docs/build-with-claude/preserved-thinking */
  prefix: (path: string) =>
    invalid(
      `${path}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation. Remove the ` +
        'block, or set `thinking.block_binding.prefix_mismatch_behavior` to "drop_block". That setting requires the ' +
        '`thinking-binding-controls-2026-08-01` value in the `anthropic-beta` header.',
    ),
  noThought: (at: number, found: string) =>
    invalid(
      `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${found}\`. When ` +
        '`thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost ' +
        'set of `tool_use` and `tool_result` blocks).',
    ),
  thoughtLost: () => invalid('The `content[].thinking` in the thinking mode must be passed back to the API.'),
  forcedThought: () => invalid('Thinking may not be enabled when tool_choice forces tool use.'),
  temperature: () => invalid('`temperature` may only be set to 1 when thinking is enabled.'),
} as const satisfies Readonly<Record<string, (...values: never[]) => Complaint>>;
