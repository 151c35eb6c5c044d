import type { Finding } from './finding.ts';
import type { ReadContext } from './read-context.ts';
import { describePath, valueAt } from './toml-document.ts';

/** Checks a `key`, of a provider or of the gateway. Never repeats a value that may be the key itself. */
export function checkKey(path: readonly string[], key: unknown, context: ReadContext): Finding[] {
  if (typeof key === 'string') {
    if (key === 'none' || key === '') return [];
    const message = `\`${describePath(path)}\` holds a secret literally: everybody who can read or copy this file has it. Use { env = "NAME" } or { command = "…" } instead`;
    return [{ code: 'LITERAL_SECRET', path, message }];
  }
  const variable = valueAt(key, ['env']);
  if (typeof variable !== 'string' || variable === '') return [];
  const envPath = [...path, 'env'];
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(variable)) {
    const message = `\`${describePath(envPath)}\` must be the name of an environment variable, such as "OPENAI_API_KEY", not the key itself`;
    return [{ code: 'INVALID_VALUE', path: envPath, message }];
  }
  if (context.env[variable]) return [];
  const name = isCertainlyName(variable) ? variable : 'a variable';
  const message = `\`${describePath(envPath)}\` names ${name}, which is not set in this environment. Set it before the gateway starts`;
  return [{ code: 'ENV_UNSET', path: envPath, message }];
}

/** A key pasted in place of a variable's name can look like a name: only what is certainly one is ever shown. */
export const isCertainlyName = (variable: string): boolean => /^[A-Z][A-Z0-9_]{0,63}$/.test(variable);
