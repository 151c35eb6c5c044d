/**
 * A scenario is what a simulated model says and does, as data, independent of the wire it is spoken on and of the form
 * in which the client offers its tools.
 */

/** One thing the model does. What it becomes on the wire is decided when a request is answered. */
export type Action =
  /** A reasoning item: a readable summary, optionally raw reasoning text, and always an opaque blob. */
  | { readonly kind: 'think'; readonly summary: string; readonly text?: string; readonly blobBytes?: number }
  /** An assistant message. `deltas` cuts its text into that many events; default one per word. */
  | {
      readonly kind: 'say';
      readonly text: string;
      readonly phase?: 'commentary' | 'final_answer';
      readonly deltas?: number;
    }
  /** Runs a command in whatever shell tool the client offers. */
  | { readonly kind: 'shell'; readonly command: string }
  /** Applies a patch (`*** Begin Patch` …) with whatever patch tool the client offers. */
  | { readonly kind: 'patch'; readonly patch: string }
  /** Calls a tool of an MCP server that the client configured. */
  | { readonly kind: 'mcp'; readonly server: string; readonly tool: string; readonly arguments: object }
  /** Calls exactly this function, offered or not. */
  | { readonly kind: 'function'; readonly name: string; readonly namespace?: string; readonly arguments: object }
  /** Calls exactly this custom (freeform) tool, offered or not. */
  | { readonly kind: 'custom'; readonly name: string; readonly namespace?: string; readonly input: string };

/** What one response contains, in order. Only the last step of a turn has no call. */
export type Step = readonly Action[];

/** Everything between a user's prompt and the final answer. */
export type Turn = readonly Step[];

export interface Scenario {
  /** Kebab-case. */
  readonly name: string;
  /** One line for `holdfast sim --list`. */
  readonly summary: string;
  /** The conversation's n-th prompt plays `turns[n]`, later prompts the last one. */
  readonly turns: readonly Turn[];
}

export const isCall = (action: Action): boolean => action.kind !== 'think' && action.kind !== 'say';
