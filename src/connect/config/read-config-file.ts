import { open } from 'node:fs/promises';
import { type ConfigFileReading, MAX_CONFIG_BYTES } from '../../core/config-file.ts';

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory, not a file',
  EACCES: 'permission to read it is missing',
  EPERM: 'permission to read it is missing',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'its path is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** Never rejects. Reads at most MAX_CONFIG_BYTES + 1, enough to tell that a file is too large without holding it. */
export async function readConfigFile(path: string): Promise<ConfigFileReading> {
  try {
    const file = await open(path, 'r');
    try {
      const status = await file.stat();
      if (status.isDirectory()) return { kind: 'unreadable', reason: 'it is a directory, not a file' };
      if (!status.isFile()) return { kind: 'unreadable', reason: 'it is not a regular file' };
      const buffer = new Uint8Array(Math.min(status.size, MAX_CONFIG_BYTES) + 1);
      let length = 0;
      while (length < buffer.byteLength) {
        const { bytesRead } = await file.read(buffer, length, buffer.byteLength - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return { kind: 'read', bytes: buffer.subarray(0, length) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return { kind: 'unreadable', reason: REASONS[code] ?? 'the system could not read it' };
  }
}
