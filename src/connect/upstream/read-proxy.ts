/**
 * Whether Bun's fetch sends requests for `url` through a proxy of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, minus
 * `NO_PROXY`; either case).
 */
export function hasProxy(url: URL, env: Readonly<Record<string, string | undefined>>): boolean {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  if (!(env[name] || env[name.toUpperCase()])) return false;
  const exempt = (env['no_proxy'] || env['NO_PROXY'] || '').split(',').map((entry) => entry.trim().toLowerCase());
  return !exempt.some((entry) => isExempt(url, entry));
}

function isExempt(url: URL, entry: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const name = entry.startsWith('.') ? entry.slice(1) : entry;
  return [url.hostname, url.host].some((host) => host === name || host.endsWith(`.${name}`));
}
