import { findPreset, isHostOf, placeholdersOf, presetIds } from '../catalog/find-preset.ts';
import type { Preset } from '../catalog/presets.ts';
import { dialectsOf, isDialect } from '../wire/dialect-names.ts';
import { checkKey } from './check-key.ts';
import type { Finding } from './finding.ts';
import { isLoopback } from './listen-address.ts';
import { nearestName } from './nearest-name.ts';
import type { ReadContext } from './read-context.ts';
import { describePath, type TomlDocument, type TomlTable, valueAt } from './toml-document.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Set by the gateway or by the connection: a value of one's own would break the request or leak a key. */
const OWN_HEADERS = new Set(
  'authorization proxy-authorization api-key x-api-key x-goog-api-key x-amz-date x-amz-security-token x-amz-content-sha256 cookie host connection content-length content-encoding content-type transfer-encoding accept-encoding te trailer upgrade expect keep-alive'.split(
    ' ',
  ),
);

/** What the schema cannot say about [providers.*]. */
export function checkProviders(document: TomlDocument, context: ReadContext): Finding[] {
  const providers = tableOf(valueAt(document.value, ['providers']));
  const used = usedProviders(document);
  return Object.entries(providers).flatMap(([id, value]) => {
    if (id === '__proto__' || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    const provider = value as TomlTable;
    const findings = [...checkName(id), ...checkProvider(id, provider), ...checkSecrets(id, provider, context)];
    if (!used.has(id)) {
      const message = `${nameOf(id)} is not used by any route. Add it to a route, or remove it`;
      findings.push({ code: 'PROVIDER_UNUSED', path: ['providers', id], message });
    }
    return findings;
  });
}

const nameOf = (id: string): string => `\`${describePath(['providers', id])}\``;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const tableOf = (value: unknown): TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TomlTable) : {};

function usedProviders(document: TomlDocument): ReadonlySet<string> {
  const routes = valueAt(document.value, ['routes']);
  const targets = (Array.isArray(routes) ? routes : []).flatMap((route) => tableOf(route)['targets'] ?? []);
  return new Set(targets.flatMap((target) => textOf(tableOf(target)['provider']) ?? []));
}

function checkName(id: string): Finding[] {
  if (NAME.test(id)) return [];
  const message = `${nameOf(id)}: a provider's name must start with a letter or digit and hold letters, digits, ".", "_" and "-" only (at most 64), because it appears in target ids and headers`;
  return [{ code: 'PROVIDER_NAME', path: ['providers', id], message }];
}

function checkProvider(id: string, provider: TomlTable): Finding[] {
  const presetId = textOf(provider['preset']);
  const preset = presetId === undefined ? undefined : findPreset(presetId);
  if (presetId !== undefined && preset === undefined) return [unknownPreset(id, presetId)];
  return [
    ...checkAddress(id, provider, preset),
    ...checkWire(id, provider, preset),
    ...checkDialect(id, provider, preset),
    ...checkExtraBody(id, provider, preset),
    ...checkKeyPresent(id, provider, preset),
    ...checkSigning(id, provider, preset),
    ...checkHeaders(id, provider),
  ];
}

function unknownPreset(id: string, presetId: string): Finding {
  const suggestion = nearestName(presetId, presetIds());
  const path = ['providers', id, 'preset'];
  const next =
    suggestion === undefined
      ? `Known presets: ${presetIds().join(', ')}. For anything else give wire, base_url and key instead`
      : `Did you mean "${suggestion}"?`;
  const message = `${nameOf(id)} names a preset that does not exist. ${next}`;
  return { code: 'UNKNOWN_PRESET', path, message, ...(suggestion === undefined ? {} : { suggestion }) };
}

function checkAddress(id: string, provider: TomlTable, preset: Preset | undefined): Finding[] {
  const given = provider['base_url'];
  const path = ['providers', id, 'base_url'];
  if (given === undefined) {
    if (preset === undefined) {
      const message = `${nameOf(id)} has neither a preset nor a base_url, so there is nothing to send requests to. Name a preset, or give wire, base_url and key`;
      return provider['preset'] === undefined ? [{ code: 'MISSING_KEY', path, message }] : [];
    }
    return checkPlaceholders(id, provider, preset);
  }
  if (typeof given !== 'string') return [];
  const reason = whyNotABaseUrl(given);
  if (reason !== undefined) {
    const message = `\`${describePath(path)}\` ${reason}. It is what stands before /responses, such as "https://api.openai.com/v1"`;
    return [{ code: 'BASE_URL', path, message }];
  }
  const url = new URL(given);
  const findings: Finding[] = [];
  if (preset !== undefined && preset.hosts.length > 0 && !isHostOf(preset, url.hostname)) {
    const message = `\`${describePath(path)}\` is not an address of ${preset.title}, so nothing is assumed about whose law and which lab stand behind it. State jurisdiction and lab yourself if you need them`;
    findings.push({ code: 'UNKNOWN_HOST', path, message });
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && keyOf(provider, preset) !== 'none') {
    const message = `\`${describePath(path)}\` sends the key and every prompt unencrypted over the network. Use https:// if the server offers it`;
    findings.push({ code: 'CLEARTEXT_KEY', path, message });
  }
  return findings;
}

const keyOf = (provider: TomlTable, preset: Preset | undefined): unknown =>
  provider['key'] ?? (preset !== undefined && preset.envKey === undefined ? 'none' : undefined);

function checkPlaceholders(id: string, provider: TomlTable, preset: Preset): Finding[] {
  const missing = placeholdersOf(preset.baseUrl).filter(
    (name) => name !== 'region' || provider['region'] === undefined,
  );
  if (missing.length === 0) return [];
  if (missing.length === 1 && missing[0] === 'region') {
    const message = `${nameOf(id)} needs a region, because it is part of the address of ${preset.title}. Add region = "…", or give base_url`;
    return [{ code: 'REGION_MISSING', path: ['providers', id, 'region'], message }];
  }
  const message = `${nameOf(id)} needs a base_url, because every customer of ${preset.title} has an address of their own: ${preset.baseUrl}`;
  return [{ code: 'MISSING_KEY', path: ['providers', id, 'base_url'], message }];
}

/** Why an address cannot be used, without repeating it: it may hold a password. */
export function whyNotABaseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!/^https?:\/\//i.test(text)) return 'must start with https:// or http://';
  if (url === null || url.hostname === '') return 'is not a valid address';
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user name or password: they would end up in logs. Use key instead';
  }
  if (text.includes('?')) return 'must not have a query ("?…"): the path of the API is appended to it';
  if (text.includes('#')) return 'must not have a fragment ("#…")';
  if (/[{}<>]|%7b/i.test(text)) return 'still holds a placeholder: fill in your own value';
  if (/\/(responses|chat\/completions|messages)\/?$/.test(url.pathname)) {
    return 'must not end with the path of the API itself, because that is appended to it';
  }
  return undefined;
}

function checkWire(id: string, provider: TomlTable, preset: Preset | undefined): Finding[] {
  if (provider['wire'] !== undefined || preset !== undefined) return [];
  // Without an address as well, one message about both is enough.
  if (provider['preset'] !== undefined || provider['base_url'] === undefined) return [];
  const message = `${nameOf(id)} does not say which API it speaks. Add wire = "responses", or name a preset`;
  return [{ code: 'MISSING_KEY', path: ['providers', id, 'wire'], message }];
}

/** Names that any wire knows are fine: a vendor may have quirks on one of them only. */
function checkDialect(id: string, provider: TomlTable, preset: Preset | undefined): Finding[] {
  const given = textOf(provider['dialect']);
  if (given === undefined || given === '') return [];
  const path = ['providers', id, 'dialect'];
  if (isDialect(given)) return [];
  const own = dialectsOf(wireOf(provider, preset));
  const suggestion = nearestName(given, own) ?? nearestName(given, dialectsOf(undefined));
  const known = own.length === 0 ? 'That wire has none: remove it' : `Known on that wire: ${own.join(', ')}`;
  const next = suggestion === undefined ? known : `Did you mean "${suggestion}"?`;
  const message = `\`${describePath(path)}\` names a dialect that does not exist, so the vendor's quirks would not be minded. ${next}`;
  return [{ code: 'UNKNOWN_DIALECT', path, message, ...(suggestion === undefined ? {} : { suggestion }) }];
}

const wireOf = (provider: TomlTable, preset: Preset | undefined): string | undefined =>
  textOf(provider['wire']) ?? preset?.wires[0];

/** Written by Holdfast alone: another value would break the request, or the reading of its answer. */
const OWN_FIELDS = ['model', 'stream', 'messages', 'tools', 'system'];

function checkExtraBody(id: string, provider: TomlTable, preset: Preset | undefined): Finding[] {
  const wire = wireOf(provider, preset);
  const path = ['providers', id, 'extra_body'];
  if (provider['extra_body'] === undefined || wire === undefined) return [];
  if (wire !== 'chat' && wire !== 'messages') {
    const message = `\`${describePath(path)}\` has no effect on the wire "${wire}": it is for "chat" and "messages". Remove it`;
    return [{ code: 'INVALID_VALUE', path, message }];
  }
  return Object.keys(tableOf(provider['extra_body']))
    .filter((field) => OWN_FIELDS.includes(field))
    .map((field): Finding => {
      const at = [...path, field];
      return {
        code: 'INVALID_VALUE',
        path: at,
        message: `\`${describePath(at)}\` is written by Holdfast itself. Remove it`,
      };
    });
}

function checkKeyPresent(id: string, provider: TomlTable, preset: Preset | undefined): Finding[] {
  if (preset !== undefined || provider['preset'] !== undefined || provider['key'] !== undefined) return [];
  if (isSigned(provider)) return [];
  // A provider that says nothing at all has a better message already.
  if (provider['base_url'] === undefined) return [];
  const message = `${nameOf(id)} does not say where its key comes from. Add key = { env = "NAME" }, or key = "none" if it needs none`;
  return [{ code: 'KEY_MISSING', path: ['providers', id, 'key'], message }];
}

const isSigned = (provider: TomlTable): boolean => provider['auth'] === 'sigv4';

/** A signature holds the region, and needs two keys at least: one variable cannot give them. */
function checkSigning(id: string, provider: TomlTable, preset: Preset | undefined): Finding[] {
  if (!isSigned(provider)) return [];
  const findings: Finding[] = [];
  const isSaid = preset?.baseUrl.includes('{region}') === true && provider['base_url'] === undefined;
  if (provider['region'] === undefined && !isSaid) {
    const message = `${nameOf(id)} needs a region, because requests to AWS are signed for one. Add region = "…"`;
    findings.push({ code: 'REGION_MISSING', path: ['providers', id, 'region'], message });
  }
  const { key } = provider;
  if (key === undefined || tableOf(key)['command'] !== undefined) return findings;
  const path = ['providers', id, 'key'];
  const message = `\`${describePath(path)}\` cannot be used for signing, which takes AWS's own keys. Leave it out to use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a command such as { command = "aws", args = ["configure", "export-credentials"] }`;
  return [...findings, { code: 'INVALID_VALUE', path, message }];
}

function checkHeaders(id: string, provider: TomlTable): Finding[] {
  return Object.entries(tableOf(provider['headers'])).flatMap(([name, value]): Finding[] => {
    const path = ['providers', id, 'headers', name];
    const quoted = `\`${describePath(path)}\``;
    if (!HEADER_NAME.test(name)) return [{ code: 'HEADER', path, message: `${quoted} is not a valid header name` }];
    if (OWN_HEADERS.has(name.toLowerCase())) {
      const message = `${quoted} is set by Holdfast itself and cannot be given here. For the key use \`${describePath(['providers', id, 'key'])}\``;
      return [{ code: 'HEADER', path, message }];
    }
    if (typeof value !== 'string' || HEADER_VALUE.test(value)) return [];
    return [
      { code: 'HEADER', path, message: `${quoted} holds a character that a header cannot carry, such as a line break` },
    ];
  });
}

const looksLikeSecret = (value: string): boolean => /^(bearer |basic |sk-|key-|xai-|gsk_|hf_)/i.test(value);

const AWS_VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

function checkSecrets(id: string, provider: TomlTable, context: ReadContext): Finding[] {
  const findings = [...checkKey(['providers', id, 'key'], provider['key'], context)];
  for (const [name, value] of Object.entries(tableOf(provider['headers']))) {
    if (typeof value !== 'string' || !looksLikeSecret(value) || OWN_HEADERS.has(name.toLowerCase())) continue;
    const path = ['providers', id, 'headers', name];
    const message = `\`${describePath(path)}\` seems to hold a secret: everybody who can read or copy this file has it. Keys belong in \`${describePath(['providers', id, 'key'])}\``;
    findings.push({ code: 'LITERAL_SECRET', path, message });
  }
  const preset = findPreset(textOf(provider['preset']) ?? '');
  const variables = isSigned(provider) ? AWS_VARIABLES : [preset?.envKey ?? []].flat();
  const variable = variables.find((one) => !context.env[one]);
  if (provider['key'] === undefined && variable !== undefined) {
    const message = `${nameOf(id)} takes its key from ${variable}, which is not set: every request to it will fail. Set it, or give another key`;
    findings.push({ code: 'ENV_UNSET', path: ['providers', id], message });
  }
  return findings;
}
