/** What the Responses API knows: everything else is refused, as the vendors do. */

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Top-level fields of a request. */
export const REQUEST_FIELDS = words(
  'access_programs background context_management conversation image include input instructions max_output_tokens ' +
    'max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key ' +
    'prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options ' +
    'temperature text tool_choice tools top_logprobs top_p truncation user',
);

/** What only OpenAI's own client may send, and only to OpenAI. */
export const FIRST_PARTY_FIELDS = words('client_metadata');
export const FIRST_PARTY_ITEM_FIELD = 'internal_chat_message_metadata_passthrough';

export const ITEM_TYPES = words(
  'message reasoning function_call function_call_output custom_tool_call custom_tool_call_output tool_search_call ' +
    'tool_search_output additional_tools local_shell_call local_shell_call_output shell_call shell_call_output ' +
    'apply_patch_call apply_patch_call_output web_search_call compaction compaction_trigger file_search_call ' +
    'computer_call computer_call_output code_interpreter_call image_generation_call mcp_list_tools mcp_call ' +
    'mcp_approval_request mcp_approval_response program program_output configuration_update item_reference ' +
    'agent_message',
);

/** Fields of the items that Codex sends; items of other types are not looked into. */
export const ITEM_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  message: words('type id role content status phase'),
  reasoning: words('type id summary content encrypted_content status'),
  function_call: words('type id call_id name namespace arguments status caller async'),
  function_call_output: words('type id call_id output status name namespace caller'),
  custom_tool_call: words('type id call_id name namespace input status caller'),
  custom_tool_call_output: words('type id call_id output status name namespace caller'),
  compaction: words('type id encrypted_content created_by'),
  compaction_trigger: words('type'),
};

export const TOOL_TYPES = words(
  'function custom namespace tool_search web_search image_generation mcp file_search code_interpreter shell ' +
    'local_shell apply_patch computer computer_use_preview',
);
