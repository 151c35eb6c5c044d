import type { Failure } from '../../core/failures.ts';
import { failureOfStatus, knownFailure, toFailure } from './name-failure.ts';
import type { HeaderReader } from './parse-retry-after.ts';
import { type ErrorDetails, readErrorBody } from './read-error-details.ts';

const HTML = /^\s*(?:<!doctype html|<html|<head|<\?xml)/i;
const CODE = /^[A-Za-z0-9_.:-]{1,64}$/;

/** What an HTTP answer other than 200 means: by its code, then its wording, then its status (design §7). */
export function classifyHttpFailure(input: {
  readonly status: number;
  readonly header: HeaderReader;
  /** At most 64 kB. */
  readonly bodyText: string;
  readonly nowMs: number;
  /** Longest wait that a hint may ask for. */
  readonly capMs: number;
}): Failure {
  const { status, header, bodyText, nowMs, capMs } = input;
  if (status >= 300 && status < 400) return { code: 'REDIRECTED', status };
  const body = readErrorBody(bodyText);
  const amazon = header('x-amzn-errortype')?.split(':')[0];
  const details = amazon === undefined ? body : withCode(body, amazon);
  const isHtml = HTML.test(bodyText.slice(0, 200));
  const code = knownFailure(details, status, isHtml) ?? failureOfStatus(status, details, isHtml);
  return toFailure({ code, status, details, header, nowMs, capMs });
}

function withCode(details: ErrorDetails, code: string): ErrorDetails {
  return {
    ...details,
    codes: [code.toLowerCase(), ...details.codes],
    label: CODE.test(code) ? code : details.label,
  };
}
