/** The part of Codex's model catalogue that routes have a say in. Codex lays it over the list it brings along. */
import type { Route, RouteTarget } from '../../core/target.ts';
import { asNumber, asObjects, asString, isObject, type JsonObject } from '../wire/read-json.ts';
import { findResponsesDialect } from '../wire/sanitise/dialects.ts';

/** Tokens. What a model of unknown size is trusted with. */
const CAUTIOUS_WINDOW = 128_000;

const INSTRUCTIONS = `You are a coding agent working in the user's terminal, inside the folder they started you in.
Carry the task through to the end: look at the code before changing it, make the smallest change that does the job in the style of what is there, and check the result by running what the project has for that.
Use the tools you are given for commands and edits; never claim to have run or changed what you have not.
Leave work that is not yours alone, and ask before anything destructive. When done, say briefly what changed and what is still open.`;

/** Plain functions at the top level, the shape that every lane carries. */
const PORTABLE_SHAPE: JsonObject = {
  use_responses_lite: false,
  tool_mode: 'direct',
  multi_agent_version: 'disabled',
  supports_search_tool: false,
  experimental_supported_tools: [],
  apply_patch_tool_type: 'freeform',
};

interface Window {
  readonly usual: number;
  readonly most: number;
}

/**
 * Entries for the models that routes name; patterns with `*` name none. A known model that its route leaves as it is has
 * no entry either, for the client may know it better than the bundle of another version does. Without a bundle nobody
 * can tell which models the client knows: then only routes that need the portable shape have entries.
 * @param bundled What `codex debug models --bundled` printed, parsed. Anything but a catalogue counts as absent.
 */
export function codexCatalogue(routes: readonly Route[], bundled: unknown): { readonly models: readonly JsonObject[] } {
  const known = readBundle(bundled);
  const entries = new Map<string, JsonObject>();
  for (const route of routes) {
    for (const model of route.models) {
      if (model.endsWith('*') || entries.has(model)) continue;
      const entry = entryFor(route, model, known);
      if (entry !== undefined) entries.set(model, entry);
    }
  }
  return { models: [...entries.values()] };
}

type Bundle = ReadonlyMap<string, JsonObject>;

function readBundle(bundled: unknown): Bundle {
  const models = asObjects(isObject(bundled) ? bundled['models'] : undefined);
  return new Map(
    models.flatMap((entry): [string, JsonObject][] => {
      const slug = asString(entry['slug']);
      return slug === undefined ? [] : [[slug, entry]];
    }),
  );
}

function entryFor(route: Route, model: string, known: Bundle): JsonObject | undefined {
  const isPortable = toolShape(route) === 'portable';
  const window = smallestWindow(route.targets, model, known);
  const bundled = known.get(model);
  if (bundled === undefined) return isPortable || known.size > 0 ? ownEntry(model, window, known.size > 0) : undefined;
  const own = windowOf(bundled);
  const isNarrowed = window !== undefined && (window.usual !== own?.usual || window.most !== own.most);
  if (!isPortable && !isNarrowed) return undefined;
  return {
    ...bundled,
    ...(isPortable ? { ...PORTABLE_SHAPE, ...directInstructions(bundled, known) } : {}),
    ...windowFields(window),
  };
}

/** What the route says; else `native` where every target takes Codex's own requests as they are. */
export function toolShape(route: Route): 'native' | 'portable' {
  if (route.tools !== undefined) return route.tools;
  return route.targets.every(isNative) ? 'native' : 'portable';
}

function isNative({ provider }: RouteTarget): boolean {
  const dialect = findResponsesDialect(provider.dialect);
  return provider.wire === 'responses' && dialect.portable === undefined && dialect.additionalTools === 'native';
}

/** Instructions for code mode name tools that the portable shape has not: those of a model without it are borrowed. */
function directInstructions(bundled: JsonObject, known: Bundle): JsonObject {
  if (isDirect(bundled)) return {};
  const lender = [...known.values()].find(isDirect);
  const { base_instructions = INSTRUCTIONS, model_messages = null } = lender ?? {};
  return { base_instructions, model_messages };
}

const isDirect = (entry: JsonObject): boolean =>
  entry['use_responses_lite'] !== true && (entry['tool_mode'] ?? 'direct') === 'direct';

/** Of the targets whose window is stated or known; `undefined` when none is. */
function smallestWindow(targets: readonly RouteTarget[], model: string, known: Bundle): Window | undefined {
  const windows = targets.flatMap((target) => {
    const window =
      target.contextWindow === undefined
        ? windowOf(known.get(target.model ?? model))
        : { usual: target.contextWindow, most: target.contextWindow };
    return window === undefined ? [] : [window];
  });
  if (windows.length === 0) return undefined;
  return {
    usual: Math.min(...windows.map((window) => window.usual)),
    most: Math.min(...windows.map((window) => window.most)),
  };
}

function windowOf(entry: JsonObject | undefined): Window | undefined {
  const usual = asNumber(entry?.['context_window']);
  if (usual === undefined) return undefined;
  return { usual, most: asNumber(entry?.['max_context_window']) ?? usual };
}

const windowFields = (window: Window | undefined): JsonObject =>
  window === undefined ? {} : { context_window: window.usual, max_context_window: window.most };

function ownEntry(model: string, window: Window | undefined, isSurelyUnknown: boolean): JsonObject {
  return {
    slug: model,
    display_name: model,
    description: 'Served by Holdfast.',
    supported_reasoning_levels: [
      { effort: 'low', description: 'Thinks little' },
      { effort: 'medium', description: 'Thinks where it helps' },
      { effort: 'high', description: 'Thinks a lot' },
    ],
    shell_type: 'unified_exec',
    visibility: 'list',
    supported_in_api: true,
    // The lowest is Codex's default model. One that it does not know stands behind all others; one that may be its
    // default stands level with that (1 in 0.169.0), or the default would change to a model that nobody chose.
    priority: isSurelyUnknown ? 1000 : 1,
    support_verbosity: false,
    truncation_policy: { mode: 'tokens', limit: 10_000 },
    base_instructions: INSTRUCTIONS,
    ...PORTABLE_SHAPE,
    ...windowFields(window ?? { usual: CAUTIOUS_WINDOW, most: CAUTIOUS_WINDOW }),
  };
}
