import { MAX_CONFIG_BYTES } from '../../core/config-file.ts';
import type { ConfigProblem } from '../../core/config-problem.ts';
import type { Settings } from '../../core/settings.ts';
import { checkProviders } from './check-providers.ts';
import { checkRoutes } from './check-routes.ts';
import { checkServer } from './check-server.ts';
import { checkShape } from './check-shape.ts';
import { explainSettings, type SettingLayer } from './explain-settings.ts';
import { locateFindings } from './finding.ts';
import type { ReadContext } from './read-context.ts';
import { resolveSettings } from './resolve-settings.ts';
import { parseTomlDocument } from './toml-document.ts';

export type SettingsReading =
  | {
      readonly kind: 'loaded';
      readonly settings: Settings;
      /** Warnings only. */
      readonly problems: readonly ConfigProblem[];
      readonly layers: readonly SettingLayer[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** Reads a configuration file's content. Never throws, and reports every problem at once, in the order of the file. */
export function readSettings(bytes: Uint8Array, context: ReadContext): SettingsReading {
  const whole = (code: 'TOO_LARGE' | 'NOT_UTF8', message: string): SettingsReading => ({
    kind: 'invalid',
    problems: [{ severity: 'error', code, message, file: context.file, line: 0, column: 0, path: '' }],
  });
  if (bytes.byteLength > MAX_CONFIG_BYTES) {
    return whole(
      'TOO_LARGE',
      'the file is larger than 1 MiB, which no configuration is. Check that it is the right file',
    );
  }
  const text = decode(bytes);
  if (text === undefined) {
    return whole('NOT_UTF8', 'the file is not UTF-8 text, which TOML must be. Save it as UTF-8');
  }
  const parsed = parseTomlDocument(text);
  if ('error' in parsed) {
    const { line, column, reason } = parsed.error;
    const message = `this is not valid TOML: ${reason}. Correct this place and check again`;
    return {
      kind: 'invalid',
      problems: [{ severity: 'error', code: 'BROKEN_TOML', message, file: context.file, line, column, path: '' }],
    };
  }
  const { document } = parsed;
  const shape = checkShape(document);
  const findings = [
    ...shape.findings,
    ...checkServer(document, context),
    ...checkProviders(document, context),
    ...checkRoutes(document),
  ];
  const problems = locateFindings(findings, document, context.file);
  if (shape.config === undefined || problems.some((problem) => problem.severity === 'error')) {
    // Beside a mistake in a route it says nothing that a provider looks unused.
    return { kind: 'invalid', problems: problems.filter((problem) => problem.code !== 'PROVIDER_UNUSED') };
  }
  const settings = resolveSettings(shape.config, context);
  return { kind: 'loaded', settings, problems, layers: explainSettings(shape.config, settings, document, context) };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
