/** Configuration files in every layout that people and tools write. */
const TYPICAL = `# my codex config
model = "gpt-5.5"           # the good one
model_reasoning_effort = "high"

[mcp_servers.github]
command = "npx"
args = ["-y", "@modelcontextprotocol/server-github"]
env = { GITHUB_TOKEN = "abc" } # keep

# --- features ---
[features]
web_search = true
`;

const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
const withBom = (text: string): string => `\uFEFF${text}`;
const open = (text: string): string => text.replace(/\n$/, '');

export const CONFIG_TEXTS: ReadonlyArray<readonly [name: string, text: string]> = [
  ['an empty file', ''],
  ['one line break', '\n'],
  ['one CRLF', '\r\n'],
  ['only a byte-order mark', '\uFEFF'],
  ['only a comment', '# nothing here yet\n'],
  ['only a comment, no final newline', '# nothing here yet'],
  ['only blank lines', '\n\n\n'],
  ['only spaces', '   '],
  ['a typical file', TYPICAL],
  ['a typical file with CRLF', crlf(TYPICAL)],
  ['a typical file with a byte-order mark', withBom(TYPICAL)],
  ['a typical file with CRLF and a byte-order mark', withBom(crlf(TYPICAL))],
  ['a typical file without a final newline', open(TYPICAL)],
  ['a typical file with CRLF without a final newline', open(crlf(TYPICAL)).replace(/\r$/, '')],
  ['several blank lines at the end', `${TYPICAL}\n\n\n`],
  ['spaces at the end', `${TYPICAL}   `],
  ['a comment at the end', `${TYPICAL}# the end\n`],
  ['a comment at the end, no final newline', `${TYPICAL}# the end`],
  ['mixed line ends', 'model = "a"\r\n# x\nother = 1\n\r\n[features]\r\ngoals = true\n'],
  ['a heading comment and tables only', '# Codex of the team.\n# Ask Ann.\n\n[features]\ngoals = true\n'],
  ['a comment right above the first table', '# about features\n[features]\ngoals = true\n'],
  ['aligned values', 'model          = "gpt-5.5"\nmodel_provider = "openai"\napproval_policy = "never"\n'],
  ['no spaces around equals', 'model="gpt-5.5"\nmodel_provider="openai"\n[features]\ngoals=true\n'],
  ['tabs around equals', 'model\t=\t"gpt-5.5"\t# tab\nmodel_provider\t=\t"openai"\n'],
  ['indented tables', '[model_providers]\n  [model_providers.acme]\n    name = "Acme"\n    base_url = "http://acme"\n'],
  ['a provider as a table', '[model_providers.acme]\nname = "Acme" # c\nbase_url = "https://acme/v1"\n'],
  ['providers as one inline table', 'model_providers = { acme = { name = "Acme", base_url = "https://acme/v1" } } # all\n'],
  ['providers as an empty inline table', 'model_providers = {}\n'],
  ['providers as an empty inline table with space', 'model_providers = {   } # none\n'],
  ['a provider as an inline table under a header', '[model_providers]\nacme = { name = "Acme" }\n\n[features]\n'],
  ['a provider by dotted keys', 'model_providers.acme.name = "Acme"\nmodel_providers.acme.base_url = "https://acme/v1"\n'],
  ['dotted keys between others', 'model = "a"\nmodel_providers.acme.name = "Acme"\nnotify = ["x"]\n\n[features]\ngoals = true\n'],
  ['dotted keys under a header', '[model_providers]\nacme.name = "Acme"\nacme.base_url = "u" # u\n'],
  ['dotted keys inside an inline table', 'model_providers = { acme.name = "Acme", acme.base_url = "u" }\n'],
  ['dotted keys with spaces', 'model_providers . acme . name = "Acme"\n'],
  ['quoted keys', '"model" = "a"\n\'model_provider\' = "openai"\n["model_providers"."ac.me"]\n"name" = "Acme"\n'],
  ['a quoted key that is empty', '[mcp_servers.x.env]\n"" = "empty"\n'],
  ['a quoted key with an escape', '[projects."/home/\\u00e9/x"]\ntrust_level = "trusted"\n'],
  ['project paths', '[projects."/home/a/b.c"]\ntrust_level = "trusted"\n\n[projects.\'C:\\work\']\ntrust_level = "trusted"\n'],
  ['an array of tables', '[[hooks]]\nname = "a"\n\n[[hooks]]\nname = "b"\n'],
  ['an array of tables with sub-tables', '[[hooks]]\nname = "a"\n[hooks.env]\nA = "1"\n[[hooks]]\n[[hooks.steps]]\nrun = "x"\n'],
  ['an array of inline tables', 'hooks = [ { name = "a" }, { name = "b" } ]\n'],
  ['sub-tables without their table', '[model_providers.acme.http_headers]\nX-Team = "a"\n'],
  ['a table after its sub-table', '[model_providers.acme.auth]\ncommand = "x"\n\n[model_providers.acme]\nname = "Acme"\n'],
  ['tables of one parent apart', '[model_providers.a]\nname = "A"\n[features]\n[model_providers.b]\nname = "B"\n'],
  ['an empty table', '[features]\n'],
  ['an empty table without a final newline', '[features]'],
  ['an empty table with a comment', '[features] # none yet\n# really\n'],
  ['two empty tables', '[features]\n[model_providers]\n'],
  ['a multi-line string', 'developer_instructions = """\nFirst [line]\nmodel = "not a key" # not a comment\n"""\nmodel = "a"\n'],
  ['a multi-line literal', "developer_instructions = '''\n[table]\n'''\n\n[features]\ngoals = true\n"],
  ['a multi-line array', 'notify = [\n  "python", # first\n  # second\n  "notify.py",\n]\nmodel = "a"\n'],
  ['an array with brackets in strings', 'notify = ["[features]", "# no", "\\"]"]\n[features]\ngoals = true\n'],
  ['a header with spaces', '[ model_providers . acme ]\nname = "Acme"\n'],
  ['a header with a trailing comment', '[model_providers.acme] # ours\nname = "Acme"\n'],
  ['numbers of every kind', 'a = 0xff\nb = 1_000\nc = 1.50\nd = inf\ne = -0\nf = 9223372036854775807\n'],
  ['dates of every kind', 'a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00\nc = 1979-05-27\nd = 07:32:00.5\n'],
  ['a key named __proto__', '[__proto__]\nmodel = "a"\n[mcp_servers.constructor]\ncommand = "x"\n'],
  ['text beyond the basic plane', 'model = "a" # 🚀 rocket\ndeveloper_instructions = "naïve 漢字 🚀"\n[features] # é\n'],
  ['a string with escapes', 'notify = ["C:\\\\Program Files\\\\x.exe", "tab\\there", "\\u0041"]\n'],
  ['the gateway as default already', 'model_provider = "holdfast"\n\n[model_providers.holdfast]\nname = "Holdfast"\n'],
  ['another default provider', 'model = "a"\nmodel_provider = "acme" # work\n\n[model_providers.acme]\nname = "Acme"\n'],
  ['a default provider as a literal', "model_provider = 'acme'\n"],
  ['the gateway configured by hand as sub-tables', '[model_providers.holdfast]\nname = "mine"\n[model_providers.holdfast.auth]\ncommand = "x"\n'],
  ['features as an inline table', 'features = { goals = true, web_search = false }\n'],
  ['features by dotted keys', 'features.goals = true # on\nmodel = "a"\n'],
  ['commented-out settings', '# model_provider = "acme"\n#[model_providers.acme]\n#name = "x"\nmodel = "a"\n'],
  ['legacy profiles', 'profile = "fast"\n\n# quick\n[profiles.fast]\nmodel = "b" # b\n\n[profiles.fast.features]\ngoals = false\n\n[tui]\ntheme = "x"\n'],
  ['no newline between tables', '[a]\nx=1\n[b]\ny=2\n[c]\nz=3'],
];
