import type { Clock, Credential, Credentials } from '../../core/ports.ts';
import type { KeySource } from '../../core/target.ts';
import { readAwsEnvironment } from './aws-keys.ts';
import { checkKey, unavailable } from './check-key.ts';
import { createCommandCache } from './create-command-cache.ts';
import { type RunCommand, runCommand } from './run-command.ts';
import { sealSecret } from './seal-secret.ts';

interface Deps {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: a child process. */
  readonly runCommand?: RunCommand;
}

/** Keys of providers from configuration, environment or a command. Command keys are cached (create-command-cache.ts). */
export function createCredentials(deps: Deps): Credentials {
  const commands = createCommandCache({ runCommand, ...deps });
  const fixed = new WeakMap<KeySource, Credential>();

  const obtainFixed = (source: Exclude<KeySource, { kind: 'command' }>): Credential => {
    const known = fixed.get(source);
    if (known !== undefined) return known;
    const credential = sealSecret(readFixed(source, deps.env));
    fixed.set(source, credential);
    return credential;
  };

  return {
    obtain: async ({ key }) => (key.kind === 'command' ? commands.obtain(key) : obtainFixed(key)),
    invalidate: ({ key }) => key.kind === 'command' && commands.invalidate(key),
  };
}

function readFixed(source: Exclude<KeySource, { kind: 'command' }>, env: Deps['env']): string | undefined {
  switch (source.kind) {
    case 'none':
      return undefined;
    case 'literal':
      return checkKey(source.value, 'key', 'the key in the configuration');
    case 'aws-env':
      return readAwsEnvironment(env);
    case 'env': {
      const value = env[source.name];
      if (value === undefined) throw unavailable('env_not_set', `the environment variable ${source.name} is not set`);
      return checkKey(value, 'env', `the environment variable ${source.name}`);
    }
  }
}
