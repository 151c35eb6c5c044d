/** Every kind of mistake that a configuration can hold, and what is said about it. */
import type { ConfigProblemCode } from '../../../core/config-problem.ts';

/** What it is, the file's lines, the problem's code, and its place and message. */
export type Mistake = readonly [string, readonly string[], ConfigProblemCode, string];

export const PROVIDER = `[providers.alpha]
wire = "responses"
base_url = "http://127.0.0.1:1/v1"
key = "none"
`;

export const ROUTE = `[[routes]]
id = "r"
models = ["m"]
[[routes.targets]]
provider = "alpha"
`;

/** One file out of lines and blocks. */
export const joinLines = (lines: readonly string[]): string =>
  lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`)).join('');

/** The only environment variable that the mistakes count on. */
export const ENVIRONMENT = { PATH: 'set' };

/** Each stops the configuration from being used, with exactly this one message. */
export const ERRORS: readonly Mistake[] = [
  ["a key without its section", ['listen = "127.0.0.1:1"', PROVIDER, ROUTE], 'UNKNOWN_KEY', "1:1 `listen` is not a known key. Did you mean \"server.listen\"?"],
  ["a misspelt key", ['[server]', 'lisen = "x"', PROVIDER, ROUTE], 'UNKNOWN_KEY', "2:1 `server.lisen` is not a known key. Did you mean \"listen\"?"],
  ["a misspelt section", ['[sever]', 'listen = "127.0.0.1:1"', PROVIDER, ROUTE], 'UNKNOWN_KEY', "1:2 `sever` is not a known key. Did you mean \"server\"?"],
  ["a misspelt key of a provider", [PROVIDER, 'base_ulr = "x"', ROUTE], 'UNKNOWN_KEY', "5:1 `providers.alpha.base_ulr` is not a known key. Did you mean \"base_url\"?"],
  ["a misspelt required key is reported once", [PROVIDER, ROUTE.replace('id =', 'idd =')], 'UNKNOWN_KEY', "6:1 `routes[0].idd` is not a known key. Did you mean \"id\"?"],
  ["a misspelt [[routes]]", [PROVIDER, '[[route]]', 'id = "r"'], 'UNKNOWN_KEY', "5:3 `route` is not a known key. Did you mean \"routes\"?"],
  ["a misspelt [[routes.targets]]", [PROVIDER, ROUTE.replace('routes.targets', 'routes.target')], 'UNKNOWN_KEY', "8:10 `routes[0].target` is not a known key. Did you mean \"targets\"?"],
  ["a key under the name another tool uses", [PROVIDER.replace('"none"', '{ command = "x", timeout = "5s" }'), ROUTE], 'UNKNOWN_KEY', "4:24 `providers.alpha.key.timeout` is not a known key. Did you mean \"timeout_ms\"?"],
  ["a key that means nothing here", ['[retry]', 'colour = "red"', PROVIDER, ROUTE], 'UNKNOWN_KEY', "2:1 `retry.colour` is not a known key. Known here: budget_ratio, budget_burst, same_target, backoff, continuations_per_turn, hedge_after"],
  ["a duration without a unit", ['[timeouts]', 'connect = 5', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `timeouts.connect` must say its unit: a number alone could mean seconds or milliseconds. Write \"5s\", \"1.5m\" or \"200ms\""],
  ["a duration with a unit that does not exist", ['[timeouts]', 'connect = "5 sec"', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `timeouts.connect` must be a number and a unit (ms, s, m, h or d), such as \"5s\", \"1.5m\" or \"200ms\""],
  ["a timeout of nothing", ['[timeouts]', 'connect = "0s"', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `timeouts.connect` must be longer than nothing and at most 24d"],
  ["a timeout that no timer can hold", ['[timeouts]', 'connect = "30d"', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `timeouts.connect` must be longer than nothing and at most 24d"],
  ["a string where a number belongs", ['[server]', 'max_exchanges = "many"', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `server.max_exchanges` must be a whole number from 1 to 1000000 (it is a string)"],
  ["a fraction where a whole number belongs", ['[server]', 'max_exchanges = 1.5', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `server.max_exchanges` must be a whole number from 1 to 1000000"],
  ["an integer that JavaScript would round", ['[server]', 'max_exchanges = 9223372036854775807', PROVIDER, ROUTE], 'INTEGER_TOO_LARGE', "2:1 `server.max_exchanges` is too large: integers end at ±(2^53 - 1)"],
  ["a string where true or false belongs", ['[ledger]', 'enabled = "yes"', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `ledger.enabled` must be true or false (it is a string)"],
  ["a date where a string belongs", ['[server]', 'listen = 2020-01-01', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `server.listen` must be an address and a port, such as \"127.0.0.1:4141\" (it is a date)"],
  ["a number that is none", ['[retry]', 'budget_ratio = nan', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `retry.budget_ratio` must be a number from 0 to 10"],
  ["a number where a section belongs", ['server = 3', PROVIDER, ROUTE], 'INVALID_VALUE', "1:1 `server` must be a table"],
  ["a table where a list of tables belongs", [PROVIDER, '[routes]', 'id = "r"'], 'INVALID_VALUE', "5:2 `routes` must be a list of tables: [[routes]] (it is a table)"],
  ["a table where a list of targets belongs", [PROVIDER, ROUTE.replace('[[routes.targets]]', '[routes.targets]')], 'INVALID_VALUE', "8:9 `routes[0].targets` must be a list of tables: [[routes.targets]] (it is a table)"],
  ["a string where providers belong", ['providers = "x"', ROUTE], 'INVALID_VALUE', "1:1 `providers` must be a table of providers: [providers.NAME] (it is a string)"],
  ["a word that is not one of the choices", [PROVIDER, ROUTE.replace('id = "r"', 'id = "r"\nsubstitution = "notfy"')], 'INVALID_VALUE', "7:1 `routes[0].substitution` must be one of \"allow\", \"notify\", \"deny\". Did you mean \"notify\"?"],
  ["an unknown provider in a route", [PROVIDER, ROUTE.replace('"alpha"', '"beta"')], 'UNKNOWN_PROVIDER', "9:1 `routes[0].targets[0].provider` names \"beta\", which is not declared under [providers]. Declared: alpha. Add [providers.NAME], or name one of them"],
  ["a misspelt provider in a route", [PROVIDER, ROUTE.replace('"alpha"', '"alhpa"')], 'UNKNOWN_PROVIDER', "9:1 `routes[0].targets[0].provider` names \"alhpa\", which is not declared under [providers]. Did you mean \"alpha\"?"],
  ["a route without targets", [PROVIDER, '[[routes]]', 'id = "r"', 'models = ["m"]'], 'NO_TARGETS', "5:3 route \"r\" has no targets, so its requests could go nowhere. Add [[routes.targets]] with a provider"],
  ["a route with an empty list of targets", [PROVIDER, '[[routes]]', 'id = "r"', 'models = ["m"]', 'targets = []'], 'NO_TARGETS', "8:1 route \"r\" has no targets, so its requests could go nowhere. Add [[routes.targets]] with a provider"],
  ["no routes", [PROVIDER], 'NO_ROUTES', "1:1 no route is configured, so no request could be answered. Add [[routes]] with id, models and at least one [[routes.targets]]"],
  ["an empty file", [], 'NO_ROUTES', "1:1 no route is configured, so no request could be answered. Add [[routes]] with id, models and at least one [[routes.targets]]"],
  ["a route without an id", [PROVIDER, ROUTE.replace('id = "r"\n', '')], 'MISSING_KEY', "5:3 `routes[0].id` is missing: it must be a name"],
  ["a route id used twice", [PROVIDER, ROUTE, ROUTE.replace('"m"', '"n"')], 'DUPLICATE_ROUTE', "11:1 the route id \"r\" is used twice: logs and blocks could not tell the two apart. Rename one of them"],
  ["a model claimed by two routes", [PROVIDER, ROUTE, ROUTE.replace('"r"', '"s"')], 'MODEL_CLAIMED_TWICE', "12:11 the model \"m\" is already served by route \"r\": it would be unclear where a request goes. Leave it in one place"],
  ["a route without models", [PROVIDER, ROUTE.replace('["m"]', '[]')], 'INVALID_VALUE', "7:1 `routes[0].models` must name at least one model; \"*\" serves every model"],
  ["a star inside a model name", [PROVIDER, ROUTE.replace('"m"', '"a*b"')], 'INVALID_VALUE', "7:11 `routes[0].models[0]` must be the name of a model; \"*\" may stand at its end only"],
  ["the same target twice", [PROVIDER, ROUTE, '[[routes.targets]]', 'provider = "alpha"'], 'DUPLICATE_TARGET', "10:10 `routes[0].targets[1]` is the same provider and model as a target above: trying it again would not help. Remove it, or give it another model"],
  ["the same target twice, once by its name", [PROVIDER, ROUTE, '[[routes.targets]]', 'provider = "alpha"', 'model = "m"'], 'DUPLICATE_TARGET', "10:10 `routes[0].targets[1]` is the same provider and model as a target above: trying it again would not help. Remove it, or give it another model"],
  ["policies, which this version would not enforce", [PROVIDER, ROUTE, '[policies.x]', 'deny_labs = []'], 'POLICIES_UNAVAILABLE', "10:2 `policies` is not available in this version: policies would not be enforced, so the file is refused. Remove it, or use a version that enforces policies"],
  ["a policy of a route", [PROVIDER, ROUTE.replace('id = "r"', 'id = "r"\npolicy = "x"')], 'POLICIES_UNAVAILABLE', "7:1 `routes[0].policy` is not available in this version: policies would not be enforced, so the file is refused. Remove it, or use a version that enforces policies"],
  ["a table header that does not end", ['[server'], 'BROKEN_TOML', "2:1 this is not valid TOML: unterminated table-key. Correct this place and check again"],
  ["a value that is missing", ['[server]', 'listen ='], 'BROKEN_TOML', "3:1 this is not valid TOML: unspecified values are invalid. Correct this place and check again"],
  ["a TOML key defined twice", ['[server]', 'listen = "a"', 'listen = "b"'], 'BROKEN_TOML', "3:1 this is not valid TOML: defining a key multiple times is invalid. Correct this place and check again"],
  ["an open address without a key", ['[server]', 'listen = "0.0.0.0:4141"', PROVIDER, ROUTE], 'LISTEN_WITHOUT_KEY', "2:1 `server.listen` can be reached from other machines, and `server.key` is not set: anybody there could use your providers. Set `server.key`, for example key = { env = \"HOLDFAST_KEY\" }, or listen on 127.0.0.1"],
  ["a listen address without a host", ['[server]', 'listen = "4141"', PROVIDER, ROUTE], 'LISTEN', "2:1 `server.listen` must be an address and a port from 0 to 65535, such as \"127.0.0.1:4141\" or \"[::1]:4141\""],
  ["a listen port beyond the last", ['[server]', 'listen = "127.0.0.1:70000"', PROVIDER, ROUTE], 'LISTEN', "2:1 `server.listen` must be an address and a port from 0 to 65535, such as \"127.0.0.1:4141\" or \"[::1]:4141\""],
  ["a gateway without a key", ['[server]', 'key = "none"', PROVIDER, ROUTE], 'INVALID_VALUE', "2:1 `server.key` cannot be \"none\": the gateway always asks for a key, because any web page or program could use it otherwise. Leave it out to get a random local key"],
  ["a gateway key from a variable that is not set", ['[server]', 'key = { env = "NOT_SET" }', PROVIDER, ROUTE], 'SERVER_KEY_UNSET', "2:9 `server.key.env` names NOT_SET, which is not set in this environment. Set it before the gateway starts"],
  ["a base_url with a query", [PROVIDER.replace('/v1', '/v1?api-version=1'), ROUTE], 'BASE_URL', "3:1 `providers.alpha.base_url` must not have a query (\"?…\"): the path of the API is appended to it. It is what stands before /responses, such as \"https://api.openai.com/v1\""],
  ["a base_url with a password", [PROVIDER.replace('127', 'user:HIDDEN@127'), ROUTE], 'BASE_URL', "3:1 `providers.alpha.base_url` must not hold a user name or password: they would end up in logs. Use key instead. It is what stands before /responses, such as \"https://api.openai.com/v1\""],
  ["a base_url without a scheme", [PROVIDER.replace('http://', ''), ROUTE], 'BASE_URL', "3:1 `providers.alpha.base_url` must start with https:// or http://. It is what stands before /responses, such as \"https://api.openai.com/v1\""],
  ["a base_url of another scheme", [PROVIDER.replace('http:', 'ftp:'), ROUTE], 'BASE_URL', "3:1 `providers.alpha.base_url` must start with https:// or http://. It is what stands before /responses, such as \"https://api.openai.com/v1\""],
  ["a base_url with a placeholder", [PROVIDER.replace('127.0.0.1', '{host}'), ROUTE], 'BASE_URL', "3:1 `providers.alpha.base_url` still holds a placeholder: fill in your own value. It is what stands before /responses, such as \"https://api.openai.com/v1\""],
  ["a base_url with the path of the API", [PROVIDER.replace('/v1', '/v1/responses'), ROUTE], 'BASE_URL', "3:1 `providers.alpha.base_url` must not end with the path of the API itself, because that is appended to it. It is what stands before /responses, such as \"https://api.openai.com/v1\""],
  ["a key pasted in place of its variable", [PROVIDER.replace('"none"', '{ env = "sk-abc-HIDDEN" }'), ROUTE], 'INVALID_VALUE', "4:9 `providers.alpha.key.env` must be the name of an environment variable, such as \"OPENAI_API_KEY\", not the key itself"],
  ["a key of a form that does not exist", [PROVIDER.replace('"none"', '{ }'), ROUTE], 'INVALID_VALUE', "4:1 `providers.alpha.key` must be { env = \"NAME\" }, { command = \"program\", args = [...] } or \"none\""],
  ["a number as a key", [PROVIDER.replace('"none"', '3'), ROUTE], 'INVALID_VALUE', "4:1 `providers.alpha.key` must be { env = \"NAME\" }, { command = \"program\", args = [...] } or \"none\" (it is a number)"],
  ["a misspelt key source", [PROVIDER.replace('"none"', '{ evn = "X" }'), ROUTE], 'UNKNOWN_KEY', "4:9 `providers.alpha.key.evn` is not a known key. Did you mean \"env\"?"],
  ["a key with two sources", [PROVIDER.replace('"none"', '{ env = "PATH", command = "x" }'), ROUTE], 'UNKNOWN_KEY', "4:23 `providers.alpha.key.command` cannot be combined with the other keys beside it. Keep one way of saying it"],
  ["command arguments that are no list", [PROVIDER.replace('"none"', '{ command = "x", args = "y" }'), ROUTE], 'INVALID_VALUE', "4:24 `providers.alpha.key.args` must be a list of strings (it is a string)"],
  ["no word about the key", [PROVIDER.replace('key = "none"\n', ''), ROUTE], 'KEY_MISSING', "1:12 `providers.alpha` does not say where its key comes from. Add key = { env = \"NAME\" }, or key = \"none\" if it needs none"],
  ["signing without a region", [PROVIDER.replace('key = "none"', 'auth = "sigv4"\nkey = { command = "aws" }'), ROUTE], 'REGION_MISSING', "1:12 `providers.alpha` needs a region, because requests to AWS are signed for one. Add region = \"…\""],
  ["signing with one variable", [PROVIDER.replace('"none"', '{ env = "PATH" }\nauth = "sigv4"\nregion = "eu-west-1"'), ROUTE], 'INVALID_VALUE', "4:1 `providers.alpha.key` cannot be used for signing, which takes AWS's own keys. Leave it out to use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a command such as { command = \"aws\", args = [\"configure\", \"export-credentials\"] }"],
  ["a header that carries the key", [PROVIDER, 'headers = { Authorization = "Bearer HIDDEN" }', ROUTE], 'HEADER', "5:13 `providers.alpha.headers.Authorization` is set by Holdfast itself and cannot be given here. For the key use `providers.alpha.key`"],
  ["a header name that is none", [PROVIDER, 'headers = { "x y" = "1" }', ROUTE], 'HEADER', "5:13 `providers.alpha.headers.\"x y\"` is not a valid header name"],
  ["a header with a line break", [PROVIDER, 'headers = { x-y = "1\\n2" }', ROUTE], 'HEADER', "5:13 `providers.alpha.headers.x-y` holds a character that a header cannot carry, such as a line break"],
  ["a weight of nothing", [PROVIDER, ROUTE, 'weight = 0'], 'INVALID_VALUE', "10:1 `routes[0].targets[0].weight` must be a number above 0; to leave a target out, remove it"],
  ["a priority that is no whole number", [PROVIDER, ROUTE, 'priority = 1.5'], 'INVALID_VALUE', "10:1 `routes[0].targets[0].priority` must be a whole number from 1 to 1000"],
  ["on_timeout beyond the total timeout", ['[timeouts]', 'total = "10s"', PROVIDER, ROUTE, 'on_timeout = "20s"'], 'DURATIONS_CONTRADICT', "12:1 `routes[0].targets[0].on_timeout` is longer than the total timeout of this target, so it could never take effect. Shorten it, or lengthen timeouts.total"],
  ["on_error with a status that is no error", [PROVIDER, ROUTE, 'on_error = [200]'], 'INVALID_VALUE', "10:13 `routes[0].targets[0].on_error[0]` must be a whole number from 400 to 599"],
  ["a first rest longer than the longest", ['[health]', 'base_ejection = "10m"', PROVIDER, ROUTE], 'DURATIONS_CONTRADICT', "2:1 `health.base_ejection` is longer than `health.max_ejection`: the first rest cannot be longer than the longest. Shorten the one or lengthen the other"],
  ["a misspelt dialect", [PROVIDER.replace('"responses"', '"chat"'), 'dialect = "deepsek"', ROUTE], 'UNKNOWN_DIALECT', "5:1 `providers.alpha.dialect` names a dialect that does not exist, so the vendor's quirks would not be minded. Did you mean \"deepseek\"?"],
  ["a dialect that no wire knows", [PROVIDER.replace('"responses"', '"messages"'), 'dialect = "klingonese"', ROUTE], 'UNKNOWN_DIALECT', "5:1 `providers.alpha.dialect` names a dialect that does not exist, so the vendor's quirks would not be minded. Known on that wire: generic, anthropic, deepseek, moonshot, minimax"],
  ["a dialect that does not exist on a wire without any", [PROVIDER.replace('"responses"', '"gemini"'), 'dialect = "klingonese"', ROUTE], 'UNKNOWN_DIALECT', "5:1 `providers.alpha.dialect` names a dialect that does not exist, so the vendor's quirks would not be minded. That wire has none: remove it"],
  ["further fields where none are sent", [PROVIDER, 'extra_body = { a = 1 }', ROUTE], 'INVALID_VALUE', "5:1 `providers.alpha.extra_body` has no effect on the wire \"responses\": it is for \"chat\" and \"messages\". Remove it"],
  ["further fields that Holdfast writes itself", [PROVIDER.replace('"responses"', '"chat"'), 'extra_body = { user = "x", stream = false }', ROUTE], 'INVALID_VALUE', "5:28 `providers.alpha.extra_body.stream` is written by Holdfast itself. Remove it"],
  ["further fields that JSON cannot say", [PROVIDER.replace('"responses"', '"chat"'), 'extra_body = { when = 2020-01-01 }', ROUTE], 'INVALID_VALUE', "5:16 `providers.alpha.extra_body.when` must be what JSON can say"],
  ["a misspelt preset", ['[providers.alpha]', 'preset = "opnai"', ROUTE], 'UNKNOWN_PRESET', "2:1 `providers.alpha` names a preset that does not exist. Did you mean \"openai\"?"],
  ["a preset without its address", ['[providers.alpha]', 'preset = "azure-openai"', 'key = { env = "PATH" }', ROUTE], 'MISSING_KEY', "1:12 `providers.alpha` needs a base_url, because every customer of Azure OpenAI (Microsoft Foundry) has an address of their own: https://{resource}.openai.azure.com/openai/v1"],
  ["a preset without its region", ['[providers.alpha]', 'preset = "amazon-bedrock"', 'key = { env = "PATH" }', ROUTE], 'REGION_MISSING', "1:12 `providers.alpha` needs a region, because it is part of the address of Amazon Bedrock. Add region = \"…\", or give base_url"],
  ["a provider that says nothing", ['[providers.alpha]', 'key = "none"', ROUTE], 'MISSING_KEY', "1:12 `providers.alpha` has neither a preset nor a base_url, so there is nothing to send requests to. Name a preset, or give wire, base_url and key"],
  ["a provider without a wire", [PROVIDER.replace('wire = "responses"\n', ''), ROUTE], 'MISSING_KEY', "1:12 `providers.alpha` does not say which API it speaks. Add wire = \"responses\", or name a preset"],
  ["a provider name with a space", [PROVIDER.replace('.alpha', '."al pha"'), ROUTE.replace('"alpha"', '"al pha"')], 'PROVIDER_NAME', "1:12 `providers.\"al pha\"`: a provider's name must start with a letter or digit and hold letters, digits, \".\", \"_\" and \"-\" only (at most 64), because it appears in target ids and headers"],
  ["a provider name that JavaScript treats specially", ['[providers.__proto__]', 'key = "none"', PROVIDER, ROUTE], 'UNKNOWN_KEY', "1:12 \"__proto__\" cannot be used as a name: choose another one"],
  ["a jurisdiction in words", [PROVIDER, 'jurisdiction = "Germany"', ROUTE], 'INVALID_VALUE', "5:1 `providers.alpha.jurisdiction` must be a country code such as \"DE\", or \"EU\""],
];

/** Each is reported with exactly this one message, and the configuration is used. */
export const WARNINGS: readonly Mistake[] = [
  ["a key written literally", [PROVIDER.replace('"none"', '"sk-HIDDEN"'), ROUTE], 'LITERAL_SECRET', "4:1 `providers.alpha.key` holds a secret literally: everybody who can read or copy this file has it. Use { env = \"NAME\" } or { command = \"…\" } instead"],
  ["a key written literally in a header", [PROVIDER, 'headers = { x-token = "Bearer HIDDEN" }', ROUTE], 'LITERAL_SECRET', "5:13 `providers.alpha.headers.x-token` seems to hold a secret: everybody who can read or copy this file has it. Keys belong in `providers.alpha.key`"],
  ["a gateway key written literally", ['[server]', 'key = "HIDDEN"', PROVIDER, ROUTE], 'LITERAL_SECRET', "2:1 `server.key` holds a secret literally: everybody who can read or copy this file has it. Use { env = \"NAME\" } or { command = \"…\" } instead"],
  ["a variable that is not set", [PROVIDER.replace('"none"', '{ env = "NOT_SET" }'), ROUTE], 'ENV_UNSET', "4:9 `providers.alpha.key.env` names NOT_SET, which is not set in this environment. Set it before the gateway starts"],
  ["a variable that may be a key itself", [PROVIDER.replace('"none"', '{ env = "sk_abc_HIDDEN" }'), ROUTE], 'ENV_UNSET', "4:9 `providers.alpha.key.env` names a variable, which is not set in this environment. Set it before the gateway starts"],
  ["AWS's variables that are not set", [PROVIDER.replace('key = "none"', 'auth = "sigv4"\nregion = "eu-west-1"'), ROUTE], 'ENV_UNSET', "1:12 `providers.alpha` takes its key from AWS_ACCESS_KEY_ID, which is not set: every request to it will fail. Set it, or give another key"],
  ["a preset's variable that is not set", ['[providers.alpha]', 'preset = "openai"', ROUTE], 'ENV_UNSET', "1:12 `providers.alpha` takes its key from OPENAI_API_KEY, which is not set: every request to it will fail. Set it, or give another key"],
  ["a provider that no route uses", [PROVIDER, PROVIDER.replace('.alpha', '.beta'), ROUTE], 'PROVIDER_UNUSED', "5:12 `providers.beta` is not used by any route. Add it to a route, or remove it"],
  ["a preset at somebody else's address", ['[providers.alpha]', 'preset = "openai"', 'key = { env = "PATH" }', 'base_url = "https://proxy.example/v1"', ROUTE], 'UNKNOWN_HOST', "4:1 `providers.alpha.base_url` is not an address of OpenAI, so nothing is assumed about whose law and which lab stand behind it. State jurisdiction and lab yourself if you need them"],
  ["a key that travels unencrypted", [PROVIDER.replace('127.0.0.1', '10.0.0.1').replace('"none"', '{ env = "PATH" }'), ROUTE], 'CLEARTEXT_KEY', "3:1 `providers.alpha.base_url` sends the key and every prompt unencrypted over the network. Use https:// if the server offers it"],
  ["a deployment name that is not understood", [PROVIDER, ROUTE.replace('"m"', '"gpt-5.5"'), 'model = "gpt-5.5-acme"'], 'PERHAPS_SAME_MODEL', "10:1 `routes[0].targets[0].model`: \"gpt-5.5-acme\" counts as another model than \"gpt-5.5\", because its ending is not understood. If it is the same one, add same_model = true; if not, same_model = false"],
];
