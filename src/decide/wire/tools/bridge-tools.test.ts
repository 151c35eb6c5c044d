import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../read-json.ts';
import { readRequest } from '../responses/request.ts';
import { bridgeTools, type ToolBridge, unwrapInput, wrapInput } from './bridge-tools.ts';
import { FUNCTIONS_ONLY, type ToolContract } from './tool-contract.ts';

function bridge(body: JsonObject, contract: ToolContract = FUNCTIONS_ONLY): ToolBridge {
  const request = readRequest({ model: 'm', input: [], ...body });
  if (!request.ok) throw new Error(request.problem.message);
  const bridged = bridgeTools(request.value, contract);
  if (!bridged.ok) throw new Error(bridged.problem.message);
  return bridged.value;
}

const lookup = { type: 'function', name: 'lookup', description: 'Look up', parameters: { type: 'object' } };
const exec = {
  type: 'custom',
  name: 'exec',
  description: 'Run JS',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: /.+/' },
};

describe('bridging', () => {
  test('a namespaced tool is flattened and comes back with both names', () => {
    const tools = bridge({ tools: [{ type: 'namespace', name: 'mcp__demo', tools: [lookup] }] });
    expect(tools.tools.map((tool) => tool.name)).toEqual(['mcp__demo__lookup']);
    expect(tools.restoreCall('mcp__demo__lookup', '{"q":1}')).toEqual({
      kind: 'function',
      name: 'lookup',
      namespace: 'mcp__demo',
      text: '{"q":1}',
    });
  });

  test('code mode: the custom tool inside additional_tools becomes a function with one string', () => {
    const tools = bridge({
      input: [
        {
          type: 'additional_tools',
          role: 'developer',
          tools: [{ type: 'namespace', name: 'functions', tools: [exec] }],
        },
      ],
    });
    const [tool] = tools.tools;
    expect(tool?.name).toBe('functions__exec');
    expect(tool?.parameters['required']).toEqual(['input']);
    expect(tool?.description).toContain('lark grammar:\nstart: /.+/');
    expect(tools.restoreCall('functions__exec', '{"input":"text(1)"}')).toEqual({
      kind: 'custom',
      name: 'exec',
      namespace: 'functions',
      text: 'text(1)',
    });
  });

  test('tools found by a search are appended, and the newest definition of a name wins in its old place', () => {
    const tools = bridge({
      tools: [
        lookup,
        { type: 'function', name: 'other' },
        { type: 'tool_search', execution: 'client', description: 'find' },
      ],
      input: [
        { type: 'tool_search_call', call_id: 'c', arguments: {} },
        {
          type: 'tool_search_output',
          call_id: 'c',
          tools: [
            { ...lookup, description: 'newer' },
            { type: 'function', name: 'third' },
          ],
        },
      ],
    });
    expect(tools.tools.map((tool) => [tool.name, tool.description])).toEqual([
      ['lookup', 'newer'],
      ['other', ''],
      ['tool_search', 'find'],
      ['third', ''],
    ]);
    expect(tools.originOf('tool_search').kind).toBe('tool_search');
  });

  test('hosted tools are dropped with a note, passed, or refused, as the contract says', () => {
    expect(bridge({ tools: [{ type: 'web_search' }, lookup] })).toMatchObject({ dropped: ['web_search'], hosted: [] });
    const native = { ...FUNCTIONS_ONLY, handling: { ...FUNCTIONS_ONLY.handling, web_search: 'native' as const } };
    expect(bridge({ tools: [{ type: 'web_search_2025_08_26' }] }, native).hosted).toHaveLength(1);
    const request = readRequest({ model: 'm', input: 'x', tools: [lookup, { type: 'mcp' }] });
    if (!request.ok) throw new Error('unreadable');
    expect(bridgeTools(request.value, FUNCTIONS_ONLY)).toMatchObject({
      ok: false,
      problem: { code: 'TARGET_UNSUPPORTED', param: 'tools[1]' },
    });
  });

  test.each([[null], [{}], [undefined]])(
    'a function with the parameters %p gets an empty object schema',
    (parameters) => {
      expect(bridge({ tools: [{ ...lookup, parameters }] }).tools[0]?.parameters).toEqual({
        type: 'object',
        properties: {},
      });
    },
  );

  test('a bare or dotted name that can only mean one tool is understood; any other stays a plain function', () => {
    const tools = bridge({ tools: [{ type: 'namespace', name: 'functions', tools: [exec] }, lookup] });
    expect(tools.originOf('exec')).toEqual({ kind: 'custom', name: 'exec', namespace: 'functions' });
    expect(tools.originOf('functions.exec').kind).toBe('custom');
    expect(tools.originOf('made_up')).toEqual({ kind: 'function', name: 'made_up' });
  });

  test('a tool that is only in the history has the name it would have had', () => {
    expect(bridge({}).flatName('lookup', 'mcp__demo')).toBe('mcp__demo__lookup');
  });
});

describe('custom input', () => {
  test.each([
    ['the object that was asked for', '{"input":"*** Begin"}', '*** Begin'],
    ['another single string', '{"patch":"*** Begin"}', '*** Begin'],
    ['a JSON string', '"*** Begin"', '*** Begin'],
    ['no JSON at all', '*** Begin', '*** Begin'],
    ['nothing', '', ''],
    ['an empty object', '{}', ''],
  ])('%s', (_name, text, input) => {
    expect(unwrapInput(text)).toBe(input);
  });

  test('wrapping and unwrapping loses nothing', () => {
    fc.assert(fc.property(fc.string(), (input) => unwrapInput(wrapInput(input)) === input));
  });
});

test('any names: flat names are valid, distinct, the same each time, and lead back', () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 80 }),
    fc.constantFrom('a', 'b', 'a__b', 'a.b', 'x'.repeat(70)),
  );
  const tool = name.map((text) => ({ type: 'function', name: text }));
  const offered = fc.oneof(
    tool,
    fc.tuple(name, fc.array(tool, { maxLength: 4 })).map(([text, tools]) => ({ type: 'namespace', name: text, tools })),
  );
  fc.assert(
    fc.property(fc.array(offered, { maxLength: 8 }), (tools) => {
      const first = bridge({ tools });
      const names = first.tools.map((flat) => flat.name);
      expect(new Set(names).size).toBe(names.length);
      for (const flat of first.tools) {
        expect(flat.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(first.originOf(flat.name)).toEqual(flat.origin);
        expect(first.flatName(flat.origin.name, flat.origin.namespace)).toBe(flat.name);
      }
      expect(bridge({ tools }).tools).toEqual(first.tools as never);
    }),
  );
});
