import { dirname, join } from 'node:path';
import type { UserFiles } from '../../../core/user-files.ts';
import type { ConfigSource, LintInput } from '../../../decide/codex-config/lint/lint-context.ts';
import type { CliDeps } from '../cli-deps.ts';
import { configFile } from './codex-home.ts';

const PROFILE_SUFFIX = '.config.toml';

/** Reads everything that decides what Codex does in a folder: its files, the project's, the login, the environment. */
export async function gatherConfig(
  codexHome: string,
  profile: string | undefined,
  cli: Pick<CliDeps, 'cwd' | 'env'>,
  files: UserFiles,
): Promise<LintInput> {
  const sources: ConfigSource[] = [];
  const add = async (source: Omit<ConfigSource, 'text'>): Promise<void> => {
    const text = await files.read(source.path);
    if (text !== undefined) sources.push({ ...source, text });
  };
  const names = await files.list(codexHome);
  if (names.includes('config.toml')) await add({ path: configFile(codexHome), role: 'user' });
  for (const name of names.filter((each) => each.endsWith(PROFILE_SUFFIX) && each !== PROFILE_SUFFIX)) {
    await add({ path: join(codexHome, name), role: 'profile', profile: name.slice(0, -PROFILE_SUFFIX.length) });
  }
  const folders = await projectFolders(cli.cwd, files);
  const misplaced: string[] = [];
  for (const folder of folders) {
    const codexFolder = join(folder, '.codex');
    if (codexFolder === codexHome) continue;
    const inside = await files.list(codexFolder);
    misplaced.push(...inside.filter((name) => name.endsWith(PROFILE_SUFFIX)).map((name) => join(codexFolder, name)));
    if (inside.includes('config.toml')) await add({ path: join(codexFolder, 'config.toml'), role: 'project' });
  }
  return {
    sources,
    ...(profile === undefined ? {} : { profile }),
    // Trust is given to the root of the repository or to the folder itself.
    projectFolders: [...new Set([folders[0] ?? cli.cwd, cli.cwd])],
    ...(misplaced.length === 0 ? {} : { misplacedProfiles: misplaced }),
    env: cli.env,
    login: readLogin(names.includes('auth.json') ? await files.read(join(codexHome, 'auth.json')) : undefined),
  };
}

/** From the root of the Git repository down to `folder`; outside of one only the folder itself. */
async function projectFolders(folder: string, files: UserFiles): Promise<readonly string[]> {
  const passed: string[] = [];
  for (let current = folder; ; current = dirname(current)) {
    passed.unshift(current);
    const names = await files.list(current).catch((): readonly string[] => []);
    if (names.includes('.git')) return passed;
    if (dirname(current) === current) return [folder];
  }
}

/** Which kind of login the file holds. Its secrets are looked at for their presence only. */
function readLogin(text: string | undefined): LintInput['login'] {
  if (text === undefined) return 'none';
  try {
    const auth: unknown = JSON.parse(text);
    if (typeof auth !== 'object' || auth === null) return 'unknown';
    if ('tokens' in auth && typeof auth.tokens === 'object' && auth.tokens !== null) return 'chatgpt';
    if ('OPENAI_API_KEY' in auth && typeof auth.OPENAI_API_KEY === 'string') return 'api-key';
    return 'unknown';
  } catch {
    return 'unknown';
  }
}
