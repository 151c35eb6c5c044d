import type { Wire } from '../src/core/target.ts';
import { AI_SDK_DIALECTS } from '../src/decide/wire/ai-sdk/dialects.ts';
import { CHAT_DIALECTS } from '../src/decide/wire/chat/dialects.ts';
import { describeKept, type KeptFacts, type KeptTarget } from '../src/decide/wire/describe-kept.ts';
import { CODEX_TOOLS, type CodexTool, describeTools, type ToolLine } from '../src/decide/wire/describe-tools.ts';
import { MESSAGES_DIALECTS } from '../src/decide/wire/messages/dialects.ts';
import { RESPONSES_DIALECTS } from '../src/decide/wire/sanitise/dialects.ts';
import type { ResponsesDialect } from '../src/decide/wire/sanitise/responses-dialect.ts';

interface Row {
  readonly wire: Wire;
  readonly title: string;
  readonly lines: readonly ToolLine[];
}

function rowOf(wire: Wire, title: string, dialect: string | undefined, firstParty = false, model = ''): Row {
  const provider = { wire, firstParty, ...(dialect === undefined ? {} : { dialect }) };
  return { wire, title, lines: describeTools({ provider, model }) };
}

/** Where it depends on the model. */
const NEWEST_MODELS = { gemini: 'gemini-3-pro', vertex: 'gemini-3-pro', converse: '' } as const;

const tools = Object.keys(CODEX_TOOLS) as readonly CodexTool[];

function toolTable(rows: readonly Row[]): string {
  const header = `| Wire | Dialect | ${tools.map((tool) => `\`${tool}\``).join(' | ')} |\n|---|---|${'---|'.repeat(tools.length)}`;
  // Dialects of a wire that are alike share a row.
  const groups = Map.groupBy(rows, ({ wire, lines }) => `${wire} ${lines.map((line) => line.handling).join(' ')}`);
  const body = [...groups.values()].map((group) => {
    const titles = group.map((row) => row.title).join(', ');
    const handlings = group[0]?.lines.map((line) => line.handling) ?? [];
    return `| ${group[0]?.wire} | ${titles} | ${handlings.join(' | ')} |`;
  });
  return [header, ...body].join('\n');
}

/** Each note once, with the tools that it is about. */
function noteList(rows: readonly Row[]): string {
  const notes = new Map<string, string>();
  for (const { tool, handling, note } of rows.flatMap((row) => row.lines)) {
    if (note !== undefined) notes.set(`${tool}/${note}`, `- \`${tool}\`, ${handling}: ${note}.`);
  }
  return [...notes.values()].sort((left, right) => left.localeCompare(right)).join('\n');
}

/** Marks are bytes of JSON: a name or a value, or a field that is empty. */
function nameMark(mark: Buffer): string {
  const [, empty] = /^"(\w+)":""$/.exec(mark.toString()) ?? [];
  return empty === undefined ? `\`${mark.toString().replaceAll('"', '')}\`` : `an empty \`${empty}\``;
}

function adaptationRow({ id, marks, additionalTools, effort, maxTools, portable }: ResponsesDialect): string {
  const efforts = effort.map(({ models, names }) => {
    const list = names.length === 0 ? 'none' : names.join(', ');
    return models.length === 0 ? list : `${models.join(', ')}: ${list}`;
  });
  const cells = [
    `\`${id}\``,
    marks === undefined ? 'every request' : `with ${marks.map(nameMark).join(', ')}`,
    `${additionalTools}${maxTools === undefined ? '' : `, at most ${maxTools}`}`,
    efforts.join('; '),
    portable === undefined ? 'as Codex writes them' : `as \`${portable.developer}\``,
    portable === undefined
      ? 'own blobs'
      : { sealed: 'own, sealed', open: 'own, open', none: 'not sent back' }[portable.reasoning],
    portable === undefined ? 'all' : portable.fields.map((field) => `\`${field}\``).join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

interface KeptRow {
  readonly wire: string;
  readonly title: string;
  readonly facts: KeptFacts;
}

function keptTable(): string {
  const rowOfKept = (wire: KeptTarget['provider']['wire'], dialect: string): KeptRow => ({
    wire,
    title: `\`${dialect}\``,
    facts: describeKept({ provider: { wire, dialect, firstParty: false }, model: '' }),
  });
  const rowOfModels = (wire: KeptTarget['provider']['wire'], title: string, model: string): KeptRow => ({
    wire,
    title,
    facts: describeKept({ provider: { wire, firstParty: false }, model }),
  });
  const rows = [
    ...RESPONSES_DIALECTS.map(({ id }) => rowOfKept('responses', id)),
    ...CHAT_DIALECTS.map(({ id }) => rowOfKept('chat', id)),
    ...MESSAGES_DIALECTS.map(({ id }) => rowOfKept('messages', id)),
    rowOfModels('gemini', 'Gemini since 3', NEWEST_MODELS.gemini),
    rowOfModels('gemini', 'older ones', 'gemini-2.5-pro'),
    rowOfModels('vertex', 'Gemini since 3', NEWEST_MODELS.vertex),
    rowOfModels('vertex', 'older ones', 'gemini-2.5-pro'),
    rowOfModels('converse', 'Claude', 'anthropic.claude-opus-5'),
    rowOfModels('converse', 'other models', ''),
  ];
  const groups = Map.groupBy(rows, ({ wire, facts }) => `${wire} ${JSON.stringify(facts)}`);
  const body = [...groups.values()].map((group) => {
    const cells = Object.values(group[0]?.facts ?? {});
    return `| ${group[0]?.wire} | ${group.map(({ title }) => title).join(', ')} | ${cells.join(' | ')} |`;
  });
  const header =
    "| Wire | Dialect or model | The model's own reasoning | Another's reasoning | Images | A schema for the answer | A call that is demanded |\n|---|---|---|---|---|---|---|";
  return [header, ...body].join('\n');
}

/** `docs/tools.md`, from the data that the lanes go by. */
export function renderTools(): string {
  const rows: readonly Row[] = [
    rowOf('responses', 'OpenAI itself', undefined, true),
    ...RESPONSES_DIALECTS.map(({ id }) => rowOf('responses', id === 'compatible' ? 'none' : `\`${id}\``, id)),
    ...CHAT_DIALECTS.map(({ id }) => rowOf('chat', `\`${id}\``, id)),
    ...MESSAGES_DIALECTS.map(({ id }) => rowOf('messages', `\`${id}\``, id)),
    ...Object.values(AI_SDK_DIALECTS).map(({ wire }) => rowOf(wire, 'none', undefined, false, NEWEST_MODELS[wire])),
  ];
  return `# Tools, and what else changes on the way

Generated from \`src/decide/wire/\` by \`npm run generate\`. \`holdfast explain --tools MODEL\` says the same of your own
configuration, and \`holdfast up\` warns of tiers that cannot do what the first one can.

## Codex's tools

${tools.map((tool) => `- \`${tool}\`: ${CODEX_TOOLS[tool]}.`).join('\n')}

**native**: sent as it is. **bridged**: offered in another form; calls come back in the form that Codex runs. **dropped**:
the model is not told of it; the attempt's record in the ledger names it. **refused**: a request with such a tool goes to
another target. Tools of other kinds (\`mcp\`, \`file_search\`, …) are refused wherever they are not native.

${toolTable(rows)}

${noteList(rows)}

Where a model differs from its dialect (some Messages models cannot see images, and Gemini takes them in an output since
version 3), the model decides: ask \`holdfast explain --tools\`.

## What else of a conversation is kept

Every word of it, every call with its arguments and every output reaches every target, and every word and call of an
answer reaches the client; \`test/walk/round-trip.test.ts\` holds all dialects to it. Where they differ:

${keptTable()}

**as text**: the readable summary, as a message of the assistant; **as reasoning**: in the fields that the vendor has for
it. **dropped**: the vendor does not want it back. **mentioned**: the model is told that an image was there. **told and
checked**: the schema is part of the prompt, and an answer that breaks it goes to another target. **loosened**: the call
becomes optional; **refused**: the request goes to another target. A Messages model may take less than its dialect.

## Requests to Responses upstreams with quirks

A request stays in the raw lane, byte for byte, unless it has to be adapted: always, or when it holds what the vendor
refuses. Nobody but OpenAI gets \`client_metadata\`, Codex's own headers and item fields, or another provider's reasoning:
of that only the readable summary is told, as text.

| Dialect | Adapted | \`additional_tools\` | Efforts | Developer messages | Reasoning | Further fields that are sent |
|---|---|---|---|---|---|---|
${RESPONSES_DIALECTS.map(adaptationRow).join('\n')}

An effort that is not taken becomes the next weaker one. \`store\` is always sent as false.

## Compaction

Codex asks for compaction with an ordinary request of its own words, or, for a provider named OpenAI or azure, with a
\`compaction_trigger\`. Every target answers both, and \`POST /v1/responses/compact\`: it is asked for a summary, and the
answer is one \`compaction\` item that every other target can be told. Only where all targets of a route share one state
domain do OpenAI and Azure compact by themselves.
`;
}
