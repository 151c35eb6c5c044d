import type { Action } from './scenario.ts';

/** A tool as a client offers it; custom tools of a wire that has none arrive as functions with one string. */
export interface OfferedTool {
  readonly kind: 'function' | 'custom' | 'tool_search';
  readonly name: string;
  readonly namespace?: string;
}

/** What a model's response contains, still independent of the wire. */
export type OutputItem =
  | { readonly kind: 'reasoning'; readonly summary: string; readonly text?: string; readonly blobBytes: number }
  | {
      readonly kind: 'message';
      readonly text: string;
      readonly phase?: 'commentary' | 'final_answer';
      readonly deltas?: number;
    }
  | { readonly kind: 'function-call'; readonly name: string; readonly namespace?: string; readonly arguments: string }
  | { readonly kind: 'custom-call'; readonly name: string; readonly namespace?: string; readonly input: string }
  | { readonly kind: 'tool-search'; readonly arguments: object }
  | { readonly kind: 'compaction'; readonly callsAnswered: number };

const DEFAULT_BLOB_BYTES = 400;

/** Puts an action into the form that the client's tools ask for. Without any tool the classic form is used. */
export function renderAction(action: Action, tools: readonly OfferedTool[]): OutputItem {
  switch (action.kind) {
    case 'think': {
      const { summary, text, blobBytes = DEFAULT_BLOB_BYTES } = action;
      return { kind: 'reasoning', summary, blobBytes, ...(text === undefined ? {} : { text }) };
    }
    case 'say': {
      const { kind: _, ...message } = action;
      return { kind: 'message', ...message };
    }
    case 'shell':
      return renderShell(action.command, tools);
    case 'patch':
      return renderPatch(action.patch, tools);
    case 'mcp':
      return renderMcp(action, tools);
    case 'function':
      return functionCall(action.name, action.arguments, action.namespace);
    case 'custom':
      return customCall(action.name, action.input, action.namespace);
  }
}

function renderShell(command: string, tools: readonly OfferedTool[]): OutputItem {
  const shell = findTool(tools, 'exec_command');
  const code = findTool(tools, 'exec');
  if (shell !== undefined || code === undefined) {
    return functionCall(shell?.name ?? 'exec_command', { cmd: command }, shell?.namespace);
  }
  return freeform(code, `const result = await tools.exec_command({cmd: ${JSON.stringify(command)}});\ntext(result);\n`);
}

function renderPatch(patch: string, tools: readonly OfferedTool[]): OutputItem {
  const tool = findTool(tools, 'apply_patch');
  if (tool !== undefined) return freeform(tool, patch);
  const code = findTool(tools, 'exec');
  if (findTool(tools, 'exec_command') !== undefined) return renderShell(`apply_patch <<'EOF'\n${patch}EOF`, tools);
  if (code !== undefined) {
    return freeform(code, `const result = await tools.apply_patch(${JSON.stringify(patch)});\ntext(result);\n`);
  }
  return customCall('apply_patch', patch);
}

function renderMcp(action: Extract<Action, { kind: 'mcp' }>, tools: readonly OfferedTool[]): OutputItem {
  const namespace = `mcp__${action.server}`;
  // Wires without namespaces have it under a flat name.
  const flat = flatName(action.tool, namespace);
  const tool = tools.find((offered) => flatName(offered.name, offered.namespace) === flat);
  if (tool !== undefined) return functionCall(tool.name, action.arguments, tool.namespace);
  const code = findTool(tools, 'exec');
  if (code !== undefined) {
    const call = `tools[${JSON.stringify(flat)}](${JSON.stringify(action.arguments)})`;
    return freeform(code, `const result = await ${call};\ntext(result);\n`);
  }
  // The tool is deferred: the client wants it to be searched for first, and offers it with the next request.
  if (tools.some((offered) => offered.kind === 'tool_search')) {
    return { kind: 'tool-search', arguments: { query: `${action.server} ${action.tool}` } };
  }
  return functionCall(action.tool, action.arguments, namespace);
}

/** What a namespaced tool is called where there are no namespaces. */
export const flatName = (name: string, namespace: string | undefined): string =>
  namespace === undefined ? name : `${namespace}__${name}`;

const findTool = (tools: readonly OfferedTool[], name: string): OfferedTool | undefined =>
  tools.find((tool) => tool.name === name) ?? tools.find((tool) => tool.name.endsWith(`__${name}`));

const freeform = (tool: OfferedTool, input: string): OutputItem =>
  tool.kind === 'custom'
    ? customCall(tool.name, input, tool.namespace)
    : functionCall(tool.name, { input }, tool.namespace);

const functionCall = (name: string, fields: object, namespace?: string): OutputItem => ({
  kind: 'function-call',
  name,
  ...(namespace === undefined ? {} : { namespace }),
  arguments: JSON.stringify(fields),
});

const customCall = (name: string, input: string, namespace?: string): OutputItem => ({
  kind: 'custom-call',
  name,
  ...(namespace === undefined ? {} : { namespace }),
  input,
});

/** The text that the model made up: what deltas are cut from. */
export function contentOf(source: OutputItem): string {
  switch (source.kind) {
    case 'reasoning':
      return source.summary;
    case 'message':
      return source.text;
    case 'function-call':
      return source.arguments;
    case 'custom-call':
      return source.input;
    case 'tool-search':
      return JSON.stringify(source.arguments);
    case 'compaction':
      return '';
  }
}
