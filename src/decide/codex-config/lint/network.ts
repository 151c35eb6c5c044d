/** True for an address on this machine. */
export function isLoopback(address: string): boolean {
  const host = URL.parse(address)?.hostname ?? '';
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The first variable that is set and not blank: its name. */
export function firstSet(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): string | undefined {
  return names.find((name) => (env[name] ?? '').trim() !== '');
}

/** The proxy variable that applies to an address, unless `NO_PROXY` covers it. Codex does not exempt this machine. */
export function proxyVariable(env: Readonly<Record<string, string | undefined>>, address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined;
  const names =
    url.protocol === 'https:'
      ? ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']
      : ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
  const name = firstSet(env, names);
  return name === undefined || isExempt(env, url.hostname) ? undefined : name;
}

function isExempt(env: Readonly<Record<string, string | undefined>>, host: string): boolean {
  const name = firstSet(env, ['NO_PROXY', 'no_proxy']);
  const bare = host.replace(/^\[|\]$/g, '');
  return (env[name ?? ''] ?? '').split(',').some((part) => {
    const pattern = part
      .trim()
      .toLowerCase()
      .replace(/^\*?\./, '');
    if (pattern === '*') return true;
    if (pattern === '') return false;
    return bare === pattern || bare.endsWith(`.${pattern}`) || isInBlock(bare, pattern);
  });
}

/** IPv4 only: `127.0.0.0/8`. */
function isInBlock(host: string, pattern: string): boolean {
  const [network = '', bits = ''] = pattern.split('/');
  const left = toNumber(host);
  const right = toNumber(network);
  if (left === undefined || right === undefined || !/^\d+$/.test(bits)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(left / size) === Math.floor(right / size);
}

function toNumber(host: string): number | undefined {
  const parts = host.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
