import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodexCli } from '../../core/codex-cli.ts';

const TIMEOUT_MS = 20_000;

/**
 * The model catalogue that the installed Codex brings along, as parsed JSON; kept in `home`, which must exist, until
 * Codex has another version. `undefined` when there is no Codex or it answers something else. Never rejects.
 */
export async function readBundledCatalogue(codex: CodexCli, home: string): Promise<unknown> {
  try {
    const version = await codex.version();
    if (version === undefined) return undefined;
    const file = join(home, 'codex-catalogue.json');
    const kept = readKept(file, version);
    if (kept !== undefined) return kept;
    const catalogue = await ask(codex);
    if (catalogue !== undefined) keep(file, { version, catalogue });
    return catalogue;
  } catch {
    return undefined;
  }
}

async function ask(codex: CodexCli): Promise<object | undefined> {
  // Codex writes into its home; the user's is none of this call's business.
  const codexHome = mkdtempSync(join(tmpdir(), 'holdfast-codex-home-'));
  try {
    const run = await codex.run(['debug', 'models', '--bundled'], { codexHome, timeoutMs: TIMEOUT_MS });
    return run.kind === 'ended' && run.exitCode === 0 ? parseObject(run.stdout) : undefined;
  } finally {
    rmSync(codexHome, { recursive: true, force: true });
  }
}

function readKept(file: string, version: string): object | undefined {
  try {
    const kept = parseObject(readFileSync(file, 'utf8'));
    if (kept === undefined || !('version' in kept) || !('catalogue' in kept) || kept.version !== version)
      return undefined;
    return typeof kept.catalogue === 'object' && kept.catalogue !== null ? kept.catalogue : undefined;
  } catch {
    return undefined;
  }
}

function keep(file: string, kept: { readonly version: string; readonly catalogue: object }): void {
  const aside = `${file}.${process.pid}`;
  try {
    writeFileSync(aside, JSON.stringify(kept), { mode: 0o600 });
    renameSync(aside, file);
  } catch {
    // Then it is asked again at the next start.
    rmSync(aside, { force: true });
  }
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
