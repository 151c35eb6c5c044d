/**
 * What a key command gets of our environment: enough to be found, to find its own files and to reach the network. Keys
 * of other providers that stand in the environment are not handed on.
 */
const NAMES: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  // Windows: nothing starts without these.
  'SystemRoot',
  'ComSpec',
  'PATHEXT',
  'TEMP',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
];

export function selectEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const selected: Record<string, string> = {};
  for (const name of NAMES) {
    const value = env[name];
    if (value !== undefined) selected[name] = value;
  }
  return selected;
}
