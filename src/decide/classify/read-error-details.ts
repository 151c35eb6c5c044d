/**
 * What a provider's error says, whatever its shape: OpenAI, Azure, Anthropic, Gemini, Bedrock, OpenRouter, DashScope,
 * Z.ai, MiniMax, Mistral, FastAPI, Ollama. Stays inside `classify/`: `message` may echo the prompt.
 */
export interface ErrorDetails {
  /** Every code, type, status and reason, in lower case, the most telling first. */
  readonly codes: readonly string[];
  /** The most telling code as the provider wrote it, only if it looks like a code. */
  readonly label: string | undefined;
  /** At most `MAX_MESSAGE` characters. */
  readonly message: string;
  /** An HTTP status that stands in the body. */
  readonly innerStatus: number | undefined;
  /** Written waits, most telling first; plain numbers count in `unitMs`. */
  readonly waits: readonly { readonly value: string; readonly unitMs: number }[];
  /** False for a body that is no JSON object. */
  readonly isStructured: boolean;
}

/** A provider's reason stands at the start; what follows is echo. */
const MAX_MESSAGE = 1000;
const MAX_CODE = 64;
const MAX_LISTED = 8;
const CODE = /^[A-Za-z0-9_.:-]{1,64}$/;
const DIGITS = /^\d+$/;

type Loose = Readonly<Record<string, unknown>>;

const asObject = (value: unknown): Loose | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : undefined;
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, MAX_LISTED) : []);

const NO_DETAILS: ErrorDetails = {
  codes: [],
  label: undefined,
  message: '',
  innerStatus: undefined,
  waits: [],
  isStructured: false,
};

/** Reads an HTTP error body: JSON if it is JSON, text otherwise. Never throws. */
export function readErrorBody(bodyText: string): ErrorDetails {
  const text = bodyText.trim();
  if (text.startsWith('{') || text.startsWith('[')) {
    try {
      return readErrorDetails(JSON.parse(text));
    } catch {
      // Cut off or broken JSON is read as text.
    }
  }
  return { ...NO_DETAILS, message: text.slice(0, MAX_MESSAGE) };
}

/** Reads a parsed error: a body, an `error` event, a failed response or the event that carries it. Never throws. */
export function readErrorDetails(payload: unknown): ErrorDetails {
  const root = asObject(Array.isArray(payload) ? payload[0] : payload);
  if (root === undefined) {
    return typeof payload === 'string' ? { ...NO_DETAILS, message: payload.slice(0, MAX_MESSAGE) } : NO_DETAILS;
  }
  const outer = asObject(root.response) ?? root;
  const error = asObject(outer.error) ?? asObject(root.error);
  const found = new Collector();
  if (error !== undefined) readErrorObject(error, found);
  readFlat(outer, error === undefined, found);
  if (outer !== root) readFlat(root, false, found);
  return found.details();
}

/** The nested `error` object. */
function readErrorObject(error: Loose, found: Collector): void {
  found.status(error.code);
  found.status(error.status);
  found.code(error.code);
  const details = asObject(error.details);
  found.code(details?.error_code);
  found.code(asObject(error.innererror)?.code);
  found.code(asObject(error.availability)?.code);
  found.code(error.error_type);
  found.code(error.type);
  found.code(error.status);
  found.text(error.message);
  const metadata = asObject(error.metadata);
  found.code(metadata?.limit_source);
  found.code(metadata?.error_type);
  for (const entry of asList(error.details)) {
    const detail = asObject(entry);
    found.code(detail?.reason);
    found.wait(detail?.retryDelay, 1000);
  }
  readWaits(error, found);
  readWaits(asObject(error.availability), found);
  readWaits(metadata, found);
}

/** Fields beside or instead of `error`. Generic words such as `type: "error"` are no codes. */
function readFlat(root: Loose, isWhole: boolean, found: Collector): void {
  found.status(root.status);
  found.code(root.error_type);
  found.code(asObject(root.incomplete_details)?.reason);
  readWaits(root, found);
  const base = asObject(root.base_resp);
  // MiniMax counts from 1000 as others do, with other meanings.
  if (typeof base?.status_code === 'number') found.code(`base_resp:${base.status_code}`);
  found.text(base?.status_msg);
  if (!isWhole) return;
  found.status(root.code);
  // Numbers in this place are a vendor's private ones (Mistral's 1300 is not Z.ai's); words are shared.
  if (typeof root.code === 'string' && !DIGITS.test(root.code)) found.code(root.code);
  if (root.type !== 'error') found.code(root.type);
  found.code(typeof root.__type === 'string' ? root.__type.split('#').at(-1) : undefined);
  found.text(root.error);
  found.text(root.message);
  found.text(root.detail);
  for (const entry of asList(root.detail)) {
    const detail = asObject(entry);
    found.code(detail?.type);
    found.text(detail?.msg);
  }
}

function readWaits(from: Loose | undefined, found: Collector): void {
  if (from === undefined) return;
  found.wait(from.retry_after_ms, 1);
  found.wait(from.retry_after, 1000);
  found.wait(from.retry_after_seconds, 1000);
  found.wait(from.resets_in_seconds, 1000);
  found.wait(from.resets_at, 1000);
}

class Collector {
  readonly #codes: string[] = [];
  readonly #waits: { value: string; unitMs: number }[] = [];
  #label: string | undefined;
  #message = '';
  #status: number | undefined;

  code(value: unknown): void {
    const code = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
    if (typeof code !== 'string' || code.length === 0 || code.length > MAX_CODE) return;
    this.#codes.push(code.toLowerCase());
    // An HTTP status that stands in for a code says nothing that the status does not.
    if (this.#label === undefined && CODE.test(code) && !(DIGITS.test(code) && code.length === 3)) this.#label = code;
  }

  status(value: unknown): void {
    const status = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
    if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 599) return;
    this.#status ??= status;
  }

  text(value: unknown): void {
    if (typeof value !== 'string' || this.#message.length >= MAX_MESSAGE) return;
    this.#message = `${this.#message} ${value.slice(0, MAX_MESSAGE)}`.trim().slice(0, MAX_MESSAGE);
  }

  wait(value: unknown, unitMs: number): void {
    if (typeof value === 'number' && value >= 0) this.#waits.push({ value: String(value), unitMs });
    else if (typeof value === 'string') this.#waits.push({ value: value.slice(0, MAX_CODE), unitMs });
  }

  details(): ErrorDetails {
    return {
      codes: this.#codes,
      label: this.#label,
      message: this.#message,
      innerStatus: this.#status,
      waits: this.#waits,
      isStructured: true,
    };
  }
}
