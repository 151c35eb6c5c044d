import { CONFIG_PROBLEMS, type ConfigProblem, type ConfigProblemCode } from '../../core/config-problem.ts';
import { describePath, type TomlDocument, type TomlPath } from './toml-document.ts';

/** A problem before its place in the file was looked up. */
export interface Finding {
  readonly code: ConfigProblemCode;
  readonly path: TomlPath;
  readonly message: string;
  readonly suggestion?: string;
  /** True when it does not come from the file: an environment variable is wrong. */
  readonly isOutsideFile?: boolean;
}

/** Findings with their places, in the order of the file. */
export function locateFindings(findings: readonly Finding[], document: TomlDocument, file: string): ConfigProblem[] {
  const problems = findings.map((finding): ConfigProblem => {
    const { line, column } = finding.isOutsideFile ? { line: 0, column: 0 } : document.locate(finding.path);
    return {
      severity: CONFIG_PROBLEMS[finding.code],
      code: finding.code,
      message: finding.message,
      file,
      line,
      column,
      path: describePath(finding.path),
      ...(finding.suggestion === undefined ? {} : { suggestion: finding.suggestion }),
    };
  });
  return problems.sort((left, right) => left.line - right.line || left.column - right.column);
}
