/** What each target makes of Codex's tools, from the data that the lanes themselves go by (design §6 "Tools"). */
import type { Provider, Route, Target } from '../../core/target.ts';
import { resolveTarget } from '../routing/resolve-target.ts';
import { AI_SDK_DIALECTS } from './ai-sdk/dialects.ts';
import { findChatDialect } from './chat/dialects.ts';
import { findMessagesDialect, rulesForModel } from './messages/dialects.ts';
import { findResponsesDialect } from './sanitise/dialects.ts';
import type { ResponsesDialect } from './sanitise/responses-dialect.ts';
import { FUNCTIONS_ONLY, type ToolContract, type ToolHandling } from './tools/tool-contract.ts';

/** Codex's tools by the way they travel (wire-facts §1.3, codex-facts §3.4). */
export const CODEX_TOOLS = {
  function: 'functions: shell, plans, goals, MCP resources',
  custom: 'apply_patch: freeform input with a grammar',
  namespace: 'tools of MCP servers',
  code_mode: 'code mode: the freeform tool `exec` of the newer models',
  multi_agent: 'sub-agents',
  tool_search: 'search for tools that are not listed',
  view_image: 'images as the output of a tool',
  web_search: "search on the provider's side",
  image_generation: "pictures made on the provider's side",
} as const;

export type CodexTool = keyof typeof CODEX_TOOLS;
const TOOL_NAMES = Object.keys(CODEX_TOOLS) as readonly CodexTool[];

export interface ToolLine {
  readonly tool: CodexTool;
  readonly handling: ToolHandling;
  /** What that means. Absent for what is native without a condition. */
  readonly note?: string;
}

/** As far as the handling of tools goes. */
export interface ToolTarget {
  readonly provider: Pick<Provider, 'wire' | 'dialect' | 'firstParty'>;
  /** The model name sent upstream. */
  readonly model: string;
  /** What the configuration says of it. Default: what is known of dialect and model. */
  readonly images?: boolean;
}

interface ToolFacts {
  readonly contract: ToolContract;
  /** `additional_tools` have to be moved. */
  readonly hoists: boolean;
  readonly images: ToolHandling;
  /** A search cannot be kept to cached results. */
  readonly searchesLiveOnly: boolean;
}

export function describeTools(target: ToolTarget): readonly ToolLine[] {
  const facts = factsOf(target);
  return TOOL_NAMES.map((tool) => {
    const handling = handlingOfTool(tool, facts);
    const note = noteOf(tool, handling, facts);
    return { tool, handling, ...(note === undefined ? {} : { note }) };
  });
}

function factsOf({ provider, model, images }: ToolTarget): ToolFacts {
  const { wire, dialect } = provider;
  switch (wire) {
    case 'responses':
      return responsesFacts(provider.firstParty ? undefined : findResponsesDialect(dialect));
    case 'chat': {
      const { tools, accepts } = findChatDialect(dialect);
      return { ...TRANSLATED, contract: tools, images: (images ?? accepts.images) ? 'bridged' : 'dropped' };
    }
    case 'messages': {
      const found = findMessagesDialect(dialect);
      return {
        ...TRANSLATED,
        contract: found.tools,
        images: (images ?? rulesForModel(found, model).images) ? 'native' : 'dropped',
        // Anthropic's search cannot be told to look at nothing new.
        searchesLiveOnly: true,
      };
    }
    case 'gemini':
    case 'vertex':
    case 'converse':
      return {
        ...TRANSLATED,
        contract: AI_SDK_DIALECTS[wire].tools,
        images: images === false ? 'dropped' : AI_SDK_DIALECTS[wire].filesInOutputs.test(model) ? 'native' : 'bridged',
      };
  }
}

const TRANSLATED: ToolFacts = { contract: FUNCTIONS_ONLY, hoists: true, images: 'bridged', searchesLiveOnly: false };

/** Absent: OpenAI itself. */
function responsesFacts(dialect: ResponsesDialect | undefined): ToolFacts {
  const { tools, additionalTools, portable } = dialect ?? findResponsesDialect(undefined);
  return {
    contract: tools,
    hoists: additionalTools === 'hoisted',
    images: portable?.outputs === 'text' ? 'bridged' : 'native',
    searchesLiveOnly: portable !== undefined && !portable.hostedFields.includes('external_web_access'),
  };
}

/** From what stays as it is to what cannot be asked. */
const SEVERITY: readonly ToolHandling[] = ['native', 'bridged', 'dropped', 'refused'];

const worst = (...handlings: readonly ToolHandling[]): ToolHandling =>
  SEVERITY.findLast((one) => handlings.includes(one)) ?? 'native';

function handlingOfTool(tool: CodexTool, { contract, hoists, images }: ToolFacts): ToolHandling {
  const { handling } = contract;
  switch (tool) {
    case 'code_mode':
      return worst(handling.custom, handling.namespace, hoists ? 'bridged' : 'native');
    case 'multi_agent':
      return worst(handling.namespace, handling.function);
    case 'view_image':
      return worst(handling.function, images);
    default:
      return handling[tool];
  }
}

const BRIDGED: Partial<Record<CodexTool, string>> = {
  custom: 'as a function with one string; the grammar is told, not enforced',
  namespace: 'flattened to `server__tool`, and mapped back',
  code_mode: 'at the top level, under flat names; calls come back as `exec` expects them',
  multi_agent: 'flattened to `namespace__tool`, and mapped back',
  tool_search: 'as a function; what it finds is offered with the next request',
  view_image: 'the image follows the output in a message of its own',
};

function noteOf(tool: CodexTool, handling: ToolHandling, facts: ToolFacts): string | undefined {
  switch (handling) {
    case 'native':
      return tool === 'web_search' && facts.searchesLiveOnly
        ? 'live only: left out when Codex asks for cached results'
        : undefined;
    case 'bridged':
      return tool === 'code_mode' && facts.contract.handling.namespace === 'native'
        ? 'moved from its item to the top level'
        : BRIDGED[tool];
    case 'dropped':
      return tool === 'view_image' ? 'the model cannot see: only mentioned' : 'not offered to the model';
    case 'refused':
      return 'a request with it goes to another target';
  }
}

/** What a request loses when it comes to this target instead of one of the first tier. */
export interface ToolLoss {
  readonly target: Target;
  /** The first target that has what is lost. */
  readonly than: Target;
  readonly tools: readonly CodexTool[];
}

const canDo = (lines: readonly ToolLine[], tool: CodexTool): boolean =>
  lines.some((line) => line.tool === tool && (line.handling === 'native' || line.handling === 'bridged'));

/** Targets of a route that lack tools which the first tier has, for a requested model. */
export function findToolLosses(route: Route, model: string): readonly ToolLoss[] {
  const targets = route.targets
    .map((target) => resolveTarget(target, model))
    .toSorted((left, right) => left.priority - right.priority);
  const described = new Map(targets.map((target) => [target, describeTools(target)]));
  const first = targets.filter((target) => target.priority === targets[0]?.priority);
  return targets.flatMap((target) => {
    const lines = described.get(target) ?? [];
    const lost = (other: Target): readonly CodexTool[] =>
      TOOL_NAMES.filter((tool) => canDo(described.get(other) ?? [], tool) && !canDo(lines, tool));
    const than = first.find((other) => lost(other).length > 0);
    return than === undefined ? [] : [{ target, than, tools: lost(than) }];
  });
}
