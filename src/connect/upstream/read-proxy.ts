/**
 * The proxy of the environment for `url`, as Bun's fetch would choose it: `HTTP_PROXY` or `HTTPS_PROXY` by scheme, minus
 * `NO_PROXY`; either case, the lower one first.
 */
export function readProxy(url: URL, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const proxy = env[name] || env[name.toUpperCase()];
  if (!proxy) return undefined;
  const exempt = (env['no_proxy'] || env['NO_PROXY'] || '').split(',').map((entry) => entry.trim().toLowerCase());
  return exempt.some((entry) => isExempt(url, entry)) ? undefined : proxy;
}

function isExempt(url: URL, entry: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const name = entry.startsWith('.') ? entry.slice(1) : entry;
  return [url.hostname, url.host].some((host) => host === name || host.endsWith(`.${name}`));
}
