import { type Failure, type FailureCode, failureFacts } from '../../core/failures.ts';
import { type CodeFact, FAMILY_CODES, FAMILY_CODES_OF_400, STATUS_FACTS, TELLING_CODES, TEXTS } from './error-facts.ts';
import { type HeaderReader, limitResetMs, statedWaitMs } from './parse-retry-after.ts';
import type { ErrorDetails } from './read-error-details.ts';

/** What the codes and the wording say, if they say anything known. */
export function knownFailure(details: ErrorDetails, status: number, isHtml: boolean): FailureCode | undefined {
  const telling = lookUp(TELLING_CODES, details.codes);
  if (telling !== undefined) return telling;
  // A page is written for people, about anything.
  if (isHtml) return undefined;
  for (const fact of TEXTS) {
    if (fact.statuses.includes(status) && fact.text.test(details.message)) return fact.code;
  }
  return (
    lookUp(FAMILY_CODES, details.codes) ?? (status === 400 ? lookUp(FAMILY_CODES_OF_400, details.codes) : undefined)
  );
}

/** What the status alone says. */
export function failureOfStatus(status: number, details: ErrorDetails, isHtml: boolean): FailureCode {
  // A front door's page or an empty answer instead of the API's word: about this target, not about the request.
  if (status === 400 && !details.isStructured && (isHtml || details.message === '')) return 'TARGET_UNSUPPORTED';
  if (status === 404 && (isHtml || isAboutModel(details))) return 'MODEL_NOT_FOUND';
  const code = STATUS_FACTS[status];
  if (code !== undefined) return code;
  return status >= 500 && status < 600 ? 'SERVER_ERROR' : 'UNEXPECTED_STATUS';
}

/** Whether a 404 speaks of the model and not of the address. */
function isAboutModel(details: ErrorDetails): boolean {
  return (
    /\bmodels?\b|\bdeployment\b/i.test(details.message) || details.codes.some((code) => code.includes('not_found'))
  );
}

interface Findings {
  readonly code: FailureCode;
  readonly status: number | undefined;
  readonly details: ErrorDetails;
  readonly header: HeaderReader;
  readonly nowMs: number;
  readonly capMs: number;
}

/** The failure as data: codes and times, never a word of the message. */
export function toFailure({ code, status, details, header, nowMs, capMs }: Findings): Failure {
  // Waiting helps with neither a bad request nor anything else that is final.
  const isFinal = failureFacts(code).retry === 'never';
  const stated = isFinal ? undefined : statedWaitMs({ header, details, nowMs, capMs });
  // Limit headers stand on every answer, so they are a hint only when a limit is what was hit.
  const retryAfterMs = stated ?? (code === 'RATE_LIMITED' ? limitResetMs({ header, nowMs, capMs }) : undefined);
  return {
    code,
    ...(status === undefined ? {} : { status }),
    ...(details.label === undefined ? {} : { upstreamCode: details.label }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function lookUp(facts: readonly CodeFact[], codes: readonly string[]): FailureCode | undefined {
  if (codes.length === 0) return undefined;
  for (const [failureCode, known] of facts) {
    for (const pattern of known.split(' ')) {
      if (codes.some((code) => matches(code, pattern))) return failureCode;
    }
  }
  return undefined;
}

const matches = (code: string, pattern: string): boolean =>
  pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : code === pattern;
