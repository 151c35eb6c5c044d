import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../../core/failures.ts';
import { textOfJson } from '../../core/text-of-json.ts';

/** `gateway`: what clients send. `admin`: what the command line sends to the admin address. */
export type LocalKeyName = 'gateway' | 'admin';

const PREFIXES: Readonly<Record<LocalKeyName, string>> = { gateway: 'hf_', admin: 'hf_admin_' };
const MAX_FILE_BYTES = 256;
const hasModes = process.platform !== 'win32';

/** Where the key is kept: `gateway.key` or `admin.key` in `$HOLDFAST_HOME`. */
export function localKeyFile(home: string, name: LocalKeyName): string {
  return join(home, `${name}.key`);
}

/**
 * The key of this installation, made at the first call: 32 random bytes, in a file that only its owner can read.
 * Processes that start at the same time end up with the same key. Throws a GatewayError that says what to do when the
 * folder or the file cannot be trusted.
 */
export function readOrCreateLocalKey(home: string, name: LocalKeyName): string {
  const known = readLocalKey(home, name);
  if (known !== undefined) return known;
  createKeyFile(home, name);
  const created = readLocalKey(home, name);
  if (created === undefined) throw invalid(`${localKeyFile(home, name)} vanished while it was being made`);
  return created;
}

/** The key, or `undefined` when none was made yet. */
export function readLocalKey(home: string, name: LocalKeyName): string | undefined {
  const file = localKeyFile(home, name);
  let descriptor: number;
  try {
    checkFolder(home);
    // Not to hang on a pipe, not to follow a link.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') throw invalid(`${file} is a symbolic link, which is not followed. Delete it`);
    throw invalid(`${file} cannot be read (${codeOf(error)})`, error);
  }
  try {
    checkFile(file, fstatSync(descriptor));
    const buffer = Buffer.alloc(MAX_FILE_BYTES);
    const key = buffer.toString('latin1', 0, readSync(descriptor, buffer)).trimEnd();
    const rest = key.slice(PREFIXES[name].length);
    if (key.startsWith(PREFIXES[name]) && /^[A-Za-z0-9_-]{43}$/.test(rest)) return key;
    throw invalid(`${file} does not hold a key. Delete it, and a new one is made`);
  } finally {
    closeSync(descriptor);
  }
}

/** Written aside and then linked to its name, so that nobody ever reads half a key and the first one stays. */
function createKeyFile(home: string, name: LocalKeyName): void {
  const file = localKeyFile(home, name);
  const aside = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const descriptor = openSync(aside, 'wx', 0o600);
    try {
      writeSync(descriptor, `${PREFIXES[name]}${randomBytes(32).toString('base64url')}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    publish(aside, file);
  } catch (error) {
    throw invalid(`${file} cannot be written (${codeOf(error)})`, error);
  } finally {
    rmSync(aside, { force: true });
  }
}

function publish(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // A file system without hard links.
    copyFileSync(aside, file, constants.COPYFILE_EXCL);
  }
}

function checkFolder(home: string): void {
  const stats = statSync(home);
  if (!hasModes) return;
  if (!isTrustedOwner(stats))
    throw invalid(`${home} belongs to another user. Set HOLDFAST_HOME to a folder of your own`);
  if ((stats.mode & 0o022) !== 0)
    throw invalid(`${home} can be written by other users. Correct it with: chmod 700 ${home}`);
}

function checkFile(file: string, stats: Stats): void {
  if (!stats.isFile()) throw invalid(`${file} is not a file. Delete it`);
  if (!hasModes) return;
  if (!isTrustedOwner(stats)) throw invalid(`${file} belongs to another user. Delete it, and a new one is made`);
  if ((stats.mode & 0o077) === 0) return;
  throw invalid(
    `${file} can be read by other users. Delete it, and a new key is made; or, if nobody can have read it, keep it with: chmod 600 ${file}`,
  );
}

function isTrustedOwner(stats: Stats): boolean {
  return stats.uid === 0 || stats.uid === process.getuid?.();
}

function invalid(message: string, cause?: unknown): GatewayError {
  return new GatewayError({ code: 'CONFIG_INVALID' }, { message, cause });
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? textOfJson(error.code) : undefined;
}
