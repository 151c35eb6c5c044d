import { describe, expect, test } from 'bun:test';
import { makeRoute, makeRouteTarget } from '../routing/__fixtures__/targets.ts';
import { codexCatalogue, toolShape } from './codex-catalogue.ts';

const REQUIRED = [
  'slug',
  'display_name',
  'supported_reasoning_levels',
  'shell_type',
  'visibility',
  'supported_in_api',
  'priority',
  'support_verbosity',
  'truncation_policy',
  'experimental_supported_tools',
  'base_instructions',
];

const BUNDLE = {
  models: [
    {
      slug: 'code-mode',
      use_responses_lite: true,
      tool_mode: 'code_mode_only',
      multi_agent_version: 'v2',
      supports_search_tool: true,
      experimental_supported_tools: ['clock'],
      context_window: 272_000,
      max_context_window: 872_000,
      base_instructions: 'Call functions.exec.',
      model_messages: { instructions_template: 'Call functions.exec.' },
      future_field: 1,
    },
    { slug: 'classic', use_responses_lite: false, context_window: 200_000, base_instructions: 'Call exec_command.' },
  ],
};

const native = makeRouteTarget('openai');
const chat = { ...native, provider: { ...native.provider, id: 'other', wire: 'chat' as const } };

const entriesFor = (route: Parameters<typeof makeRoute>, bundled: unknown = BUNDLE) =>
  codexCatalogue([makeRoute(...route)], bundled).models;

describe('codexCatalogue', () => {
  test('a pattern names no model', () => {
    expect(entriesFor([[chat], { models: ['*', 'gpt-*'] }])).toEqual([]);
  });

  test('a known model on a native route is left to the client', () => {
    expect(entriesFor([[native], { models: ['code-mode', 'classic'] }])).toEqual([]);
  });

  test('an unknown model has every field that Codex insists on', () => {
    const [entry] = entriesFor([[native], { models: ['new'] }]);
    expect(Object.keys(entry ?? {})).toEqual(expect.arrayContaining(REQUIRED));
    expect(entry).toMatchObject({ slug: 'new', context_window: 128_000, use_responses_lite: false });
  });

  test('a known model on a portable route keeps its fields, without code mode and its instructions', () => {
    expect(entriesFor([[native, chat], { models: ['code-mode'] }])).toEqual([
      {
        slug: 'code-mode',
        use_responses_lite: false,
        tool_mode: 'direct',
        multi_agent_version: 'disabled',
        supports_search_tool: false,
        experimental_supported_tools: [],
        apply_patch_tool_type: 'freeform',
        context_window: 272_000,
        max_context_window: 872_000,
        base_instructions: 'Call exec_command.',
        model_messages: null,
        future_field: 1,
      },
    ]);
  });

  test('the smallest window that is stated or known counts', () => {
    const small = { ...native, contextWindow: 100_000 };
    const classic = { ...native, model: 'classic' };
    const windows = (targets: (typeof native)[], model: string): unknown[] =>
      entriesFor([targets, { models: [model] }]).map((entry) => [entry['context_window'], entry['max_context_window']]);
    expect(windows([native, small], 'code-mode')).toEqual([[100_000, 100_000]]);
    expect(windows([native, classic], 'code-mode')).toEqual([[200_000, 200_000]]);
    expect(windows([{ ...native, contextWindow: 400_000 }], 'code-mode')).toEqual([[400_000, 400_000]]);
    expect(windows([classic, { ...native, model: 'unheard-of' }], 'new')).toEqual([[200_000, 200_000]]);
  });

  const BROKEN = [undefined, null, 'text', [], {}, { models: 'none' }, { models: [null, 1, { slug: 2 }] }];
  test.each(BROKEN.map((bundled) => ({ bundled })))(
    'with $bundled for a bundle only portable routes have entries',
    ({ bundled }) => {
      expect(codexCatalogue([makeRoute([native], { models: ['gpt-5.5'] })], bundled).models).toEqual([]);
      const [entry] = entriesFor([[chat], { models: ['gpt-5.5'] }], bundled);
      expect(Object.keys(entry ?? {})).toEqual(expect.arrayContaining(REQUIRED));
    },
  );
});

const ofDialect = (dialect: string) => ({ ...native, provider: { ...native.provider, dialect } });

describe('toolShape', () => {
  test.each([
    { what: 'Responses targets without a dialect', targets: [native], shape: 'native' },
    { what: 'a chat target among them', targets: [native, chat], shape: 'portable' },
    { what: 'a dialect that takes all of it', targets: [ofDialect('azure')], shape: 'native' },
    { what: 'a dialect without tools in the input', targets: [ofDialect('bedrock')], shape: 'portable' },
    { what: 'a dialect of functions only', targets: [ofDialect('xai')], shape: 'portable' },
    { what: 'a route that says native', targets: [chat], tools: 'native', shape: 'native' },
    { what: 'a route that says portable', targets: [native], tools: 'portable', shape: 'portable' },
  ] as const)('$what: $shape', ({ targets, shape, ...row }) => {
    expect(toolShape(makeRoute(targets, 'tools' in row ? { tools: row.tools } : {}))).toBe(shape);
  });
});
