import { GatewayError } from '../../core/failures.ts';

/** `code` is a short word for logs and the ledger, e.g. `command_timeout`. Neither may hold any part of a key. */
export function unavailable(code: string, message: string): GatewayError {
  return new GatewayError({ code: 'CREDENTIAL_UNAVAILABLE', upstreamCode: code }, { message: `${message} (${code})` });
}

/**
 * The key in `text`: one word of printable ASCII, white space around it ignored. Anything else (nothing, an error
 * message, JSON, an HTML page) is refused here, because it would otherwise travel to the provider as a header.
 * `codePrefix` and `subject` say where the text came from.
 */
export function checkKey(text: string, codePrefix: string, subject: string): string {
  const key = text.trim();
  if (key === '') throw unavailable(`${codePrefix}_empty`, `${subject} is empty`);
  if (/[\r\n]/.test(key)) throw unavailable(`${codePrefix}_not_one_line`, `${subject} has more than one line`);
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw unavailable(`${codePrefix}_not_a_key`, `${subject} has spaces or characters that no key has`);
  }
  return key;
}
