/** What happens to each kind of tool that Codex may offer (design §6 "Tools"): data per dialect, never a branch. */

/**
 * `native`: sent as it is. `bridged`: offered as a function and mapped back. `dropped`: left out, which the plan says.
 * `refused`: the request is not sent to this target.
 */
export type ToolHandling = 'native' | 'bridged' | 'dropped' | 'refused';

const TOOL_KINDS = ['function', 'custom', 'namespace', 'tool_search', 'web_search', 'image_generation'] as const;
export type ToolKind = (typeof TOOL_KINDS)[number];

export interface ToolContract {
  readonly handling: Readonly<Record<ToolKind, ToolHandling>>;
  /** Kinds that are not listed: `mcp`, `file_search`, `computer` and whatever follows. */
  readonly other: 'native' | 'dropped' | 'refused';
  /** Longest function name. */
  readonly maxNameLength: number;
}

/** Function calling and nothing else: every Chat Completions vendor. */
export const FUNCTIONS_ONLY: ToolContract = {
  handling: {
    function: 'native',
    custom: 'bridged',
    namespace: 'bridged',
    tool_search: 'bridged',
    web_search: 'dropped',
    image_generation: 'dropped',
  },
  other: 'refused',
  maxNameLength: 64,
};

export function handlingOf(contract: ToolContract, toolType: string): ToolHandling {
  const kind = toolKind(toolType);
  return kind === undefined ? contract.other : contract.handling[kind];
}

/** Preview and dated spellings count as the kind they are a version of. */
export function toolKind(toolType: string): ToolKind | undefined {
  const exact = TOOL_KINDS.find((kind) => kind === toolType);
  if (exact !== undefined) return exact;
  const plain = toolType.replace(/_preview(_\d{4}_\d{2}_\d{2})?$/, '').replace(/_\d{4}_\d{2}_\d{2}$/, '');
  return TOOL_KINDS.find((kind) => kind === plain);
}
