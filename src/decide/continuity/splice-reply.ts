import { isUtf8 } from 'node:buffer';
import type { FailureCode } from '../../core/failures.ts';
import { classifyFrame, createFrameView, parseFrame } from '../wire/observe/classify-frame.ts';
import { isObject, type JsonObject } from '../wire/read-json.ts';
import type { Forwarded } from './decide-continuation.ts';
import { indexOf, OpenItems, withId } from './open-items.ts';
import { OutputQueue } from './output-queue.ts';
import { PassingDeltas } from './passing-deltas.ts';
import { encodeEvent, rewriteEvent, syntheticResponse } from './rewrite-event.ts';

/** What the splicer learnt from an event. */
export type SpliceStep =
  | { readonly kind: 'more' }
  /** The answer is complete; everything to forward is in `takeOutput()`. `terminal` is the upstream's last event. */
  | { readonly kind: 'completed'; readonly terminal: Buffer }
  /** The upstream failed. `payload` is the error as it came, for classification. */
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly payload?: JsonObject };

export interface SpliceOptions {
  /** Hold finished calls until the upstream's answer is complete. */
  readonly effects: 'safe' | 'eager';
  /** The most that may be held, in bytes. */
  readonly maxHeldBytes: number;
  /**
   * For clients that, unlike Codex, fail on a broken delta, on an item that begins and never ends, or on half a call:
   * every event is decoded, what was begun is ended, and calls are shown whole.
   */
  readonly isStrict: boolean;
  /** The request limits the output itself, so an answer cut at that limit is what was asked for. */
  readonly allowsIncomplete: boolean;
  /** Used when we must speak before any upstream has. */
  readonly responseId: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

const MORE: SpliceStep = { kind: 'more' };
const LIFECYCLE: ReadonlySet<unknown> = new Set(['response.created', 'response.queued', 'response.in_progress']);
const CALL_TYPES: ReadonlySet<unknown> = new Set([
  'function_call',
  'custom_tool_call',
  'tool_search_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
]);

/**
 * Makes one response stream out of the streams of one or more upstreams (design §6). As long as one upstream answers
 * and nothing has to be inserted, its bytes pass unchanged; after that every event is renumbered.
 */
export class ReplySplicer {
  /** Takes the deltas that come alone; see `letPass`. */
  readonly passing = new PassingDeltas();

  private readonly view = createFrameView();
  /** Bytes pass unchanged. */
  private isVerbatim = true;
  /** Something useful of this attempt was forwarded. */
  private isCommitted = false;
  private isHoldingCall = false;
  private readonly isStrict: boolean;
  private readonly options: SpliceOptions;
  private onSealed: (blob: string) => void = () => {};
  /** Ready to be written to the client. */
  private readonly output = new OutputQueue();
  /** Not yet to be written: the head before the first useful event, or everything from the first finished call on. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  /** The client has seen `response.created`. */
  private hasBegun = false;
  private hasUseful = false;
  private base: JsonObject | undefined;
  private firstFrame: Buffer | undefined;
  private sequence = 0;
  /** Output indices that earlier attempts used up. */
  private indexOffset = 0;
  private nextIndex = 0;
  private readonly usedIds = new Set<string>();
  private renamedIds = new Map<string, string>();
  private attempts = 0;

  /** Items of the current attempt by the upstream's index: false while open, true when done. */
  private items = new Map<number, boolean>();
  private callIds = new Set<string>();
  /** The current attempt has begun a call. */
  private hasCall = false;
  private doneInAttempt = 0;
  private readonly doneItems: JsonObject[] = [];
  /** How many of them earlier attempts finished. */
  private earlierItems = 0;
  private hasPartial = false;
  private hasDone = false;
  private hasDoneCall = false;
  private hasFinalAnswer = false;
  /** Kept for strict clients only. */
  private readonly open = new OpenItems();

  constructor(options: SpliceOptions) {
    this.isStrict = options.isStrict;
    this.options = options;
  }

  get forwarded(): Forwarded {
    if (this.hasDoneCall) return 'call-done';
    if (this.hasFinalAnswer && !this.hasCall) return 'answer-done';
    if (this.hasDone) return 'done';
    if (this.hasPartial) return 'partial';
    return this.hasBegun ? 'lifecycle' : 'nothing';
  }

  /** True once something useful of the current attempt has arrived. */
  get sawUseful(): boolean {
    return this.hasUseful;
  }

  /**
   * A new upstream takes over. What the last one left unfinished is dropped. `onSealed` is told of every sealed item
   * (`encrypted_content`) that this one finishes.
   */
  beginAttempt(onSealed: (blob: string) => void = () => {}): void {
    this.onSealed = onSealed;
    if (this.attempts++ > 0) {
      this.fixSequence();
      this.endOpenItems();
      this.indexOffset = this.nextIndex;
    }
    this.isVerbatim = !this.hasBegun;
    this.passing.prefix = undefined;
    this.isCommitted = false;
    this.hasUseful = false;
    this.isHoldingCall = false;
    this.held = [];
    this.heldBytes = 0;
    this.items = new Map();
    this.callIds = new Set();
    this.hasCall = false;
    this.renamedIds = new Map();
    this.doneInAttempt = 0;
    this.earlierItems = this.doneItems.length;
    if (!this.hasBegun) {
      this.base = undefined;
      this.firstFrame = undefined;
    }
  }

  /** Takes one event of the current upstream. `bytes` must not change afterwards. `checkUtf8`: it may not be valid UTF-8. */
  push(bytes: Buffer, start: number, end: number, checkUtf8: boolean): SpliceStep {
    if (checkUtf8 && !isUtf8(bytes.subarray(start, end))) return { kind: 'failed', code: 'STREAM_CORRUPT' };
    const view = this.view;
    classifyFrame(bytes, start, end, view);
    switch (view.kind) {
      case 'delta':
      case 'progress':
        if (this.isStrict && !this.noteDelta(parseFrame(bytes, start, end, view)))
          return { kind: 'failed', code: 'STREAM_CORRUPT' };
        return this.pass(bytes, start, end, true);
      case 'lifecycle':
        this.firstFrame ??= bytes.subarray(start, end);
        return this.hasBegun && !this.isVerbatim ? MORE : this.pass(bytes, start, end, false);
      case 'item-added':
        return this.pushAdded(bytes, start, end);
      case 'item-done':
        return this.pushDone(bytes, start, end);
      case 'completed':
        return this.pushCompleted(bytes, start, end);
      case 'failed':
      case 'error':
        return failed('ERROR_IN_STREAM', parseFrame(bytes, start, end, view));
      case 'incomplete':
        return this.pushIncomplete(bytes, start, end);
      case 'garbage':
        return { kind: 'failed', code: 'STREAM_CORRUPT' };
      case 'comment':
      case 'sentinel':
        return MORE;
      case 'unknown':
        return this.isVerbatim ? this.pass(bytes, start, end, false) : MORE;
    }
  }

  /**
   * Deltas like the last one pass as they are, any number of them that stand one behind the other from `from` on,
   * where an event begins. Answers where they end. `bytes` is valid UTF-8 and its lines end in LF.
   */
  passRun(bytes: Buffer, from: number): number {
    const { prefix } = this.view;
    if (prefix === undefined || !this.passesDeltas) return from;
    const end = prefix.endOfRun(bytes, from);
    if (end === from) return from;
    this.passing.note(bytes, prefix.lastStart, end);
    this.output.add(bytes, from, end);
    return end;
  }

  /** Deltas go to the client as they come, and nobody needs to know what stands in them. */
  private get passesDeltas(): boolean {
    return this.isVerbatim && this.isCommitted && !this.isHoldingCall && !this.isStrict;
  }

  /** Whether deltas that come alone may be taken by `passing`, until an event comes to `push` or to `passRun`. */
  letPass(canPass: boolean): void {
    this.passing.prefix = canPass && this.passesDeltas ? this.view.prefix : undefined;
  }

  /** What may be written now, in order. Empties the list. */
  takeOutput(): readonly Buffer[] {
    return this.output.take();
  }

  /**
   * A sign of life; opens the stream if nothing has yet. OpenAI's own event for it: every Codex from 0.125.0 on waits on,
   * and the official SDK passes over it, where a repeated `response.in_progress` would make it forget its items.
   */
  keepAlive(): void {
    if (!this.hasBegun && this.held.length > 0 && !this.isHoldingCall) this.flushHeld();
    this.speak({ type: 'keepalive' });
  }

  /** Ends the answer with what the client has. `endTurn` false makes Codex ask again. */
  complete(endTurn: boolean): void {
    const response = {
      ...this.baseResponse(),
      status: 'completed',
      output: this.doneItems,
      ...(endTurn ? {} : { end_turn: false }),
    };
    this.endOpenItems();
    this.speak({ type: 'response.completed', response });
  }

  /** Ends the answer with a failure that Codex treats as final. */
  fail(code: string, message: string): void {
    this.endOpenItems();
    const response = { ...this.baseResponse(), status: 'failed', error: { code, message }, output: this.doneItems };
    this.speak({ type: 'response.failed', response });
  }

  private pushAdded(bytes: Buffer, start: number, end: number): SpliceStep {
    const event = parseFrame(bytes, start, end, this.view);
    const item = event?.['item'];
    if (event === undefined || !isObject(item)) return { kind: 'failed', code: 'STREAM_CORRUPT' };
    const index = indexOf(event);
    const isCall = CALL_TYPES.has(item['type']);
    this.hasCall ||= isCall;
    if (isCall && this.isStrict) this.isHoldingCall = true;
    if (index !== undefined) {
      if (this.items.has(index)) return MORE; // a duplicate, or behind its own `done`
      this.items.set(index, false);
      if (!this.isHoldingCall) this.useIndex(index);
    }
    this.noteId(item);
    const step = this.pass(bytes, start, end, true);
    if (this.isStrict && !this.isHoldingCall && index !== undefined)
      this.open.begun(index + this.indexOffset, this.renamed(item));
    return step;
  }

  private useIndex(index: number): void {
    this.nextIndex = Math.max(this.nextIndex, index + this.indexOffset + 1);
  }

  /** Answers false for what is no event. */
  private noteDelta(event: JsonObject | undefined): boolean {
    if (event === undefined) return false;
    const index = indexOf(event);
    if (index !== undefined) this.open.noteDelta(index + this.indexOffset, event);
    return true;
  }

  private endOpenItems(): void {
    for (const ending of this.open.takeEndings()) this.speak(ending);
  }

  private pushDone(bytes: Buffer, start: number, end: number): SpliceStep {
    const event = parseFrame(bytes, start, end, this.view);
    const item = event?.['item'];
    if (event === undefined || !isObject(item) || !isUsableItem(item))
      return { kind: 'failed', code: 'STREAM_CORRUPT' };
    const index = indexOf(event);
    if (index !== undefined) {
      if (this.items.get(index) === true) return MORE; // said twice: Codex would run a call twice
      this.items.set(index, true);
      this.open.ended(index + this.indexOffset);
    }
    const isCall = CALL_TYPES.has(item['type']);
    this.hasCall ||= isCall;
    const callId = item['call_id'];
    if (isCall && typeof callId === 'string') {
      if (this.callIds.has(callId)) return MORE;
      this.callIds.add(callId);
    }
    this.doneInAttempt++;
    if (typeof item['encrypted_content'] === 'string') this.onSealed(item['encrypted_content']);
    this.noteId(item);
    if (isCall && this.options.effects === 'safe') this.isHoldingCall = true;
    else if (isCall && this.isHoldingCall) this.releaseCall(index);
    const step = this.pass(bytes, start, end, true);
    if (!this.isHoldingCall) this.noteDone(item, isCall);
    return step;
  }

  /** A whole call, for a strict client that wants its effects at once. */
  private releaseCall(index: number | undefined): void {
    this.isHoldingCall = false;
    if (this.isCommitted) this.flushHeld();
    if (index !== undefined) this.useIndex(index);
  }

  private noteDone(item: JsonObject, isCall: boolean): void {
    this.doneItems.push(this.renamed(item));
    if (isCall) this.hasDoneCall = true;
    // Who takes over thinks for itself: a thought that was finished elsewhere commits nobody to anything.
    else if (item['type'] !== 'reasoning') this.hasDone = true;
    if (isLastOfAnswer(item)) this.hasFinalAnswer = true;
  }

  private pushCompleted(bytes: Buffer, start: number, end: number): SpliceStep {
    const frame = bytes.subarray(start, end);
    if (this.doneInAttempt === 0) return { kind: 'failed', code: 'EMPTY_ANSWER' };
    for (const isDone of this.items.values()) if (!isDone) return { kind: 'failed', code: 'STREAM_CORRUPT' };
    if (!isCompletedFrame(frame)) return { kind: 'failed', code: 'STREAM_CORRUPT' };
    return this.passTerminal(frame);
  }

  private pushIncomplete(bytes: Buffer, start: number, end: number): SpliceStep {
    const frame = bytes.subarray(start, end);
    const event = parseFrame(bytes, start, end, this.view);
    if (event === undefined) return { kind: 'failed', code: 'STREAM_CORRUPT' };
    const response = isObject(event['response']) ? event['response'] : {};
    const details = isObject(response['incomplete_details']) ? response['incomplete_details'] : {};
    if (details['reason'] === 'content_filter') return { kind: 'failed', code: 'CONTENT_REFUSED', payload: event };
    return this.options.allowsIncomplete
      ? this.passTerminal(frame)
      : { kind: 'failed', code: 'INCOMPLETE_ANSWER', payload: event };
  }

  private passTerminal(frame: Buffer): SpliceStep {
    this.isHoldingCall = false;
    this.flushHeld();
    this.emit(frame, 0, frame.length);
    return { kind: 'completed', terminal: frame };
  }

  private pass(bytes: Buffer, start: number, end: number, isUseful: boolean): SpliceStep {
    this.hasUseful ||= isUseful;
    if (this.isHoldingCall || (!isUseful && !this.isCommitted)) {
      this.held.push(bytes.subarray(start, end));
      this.heldBytes += end - start;
      return this.heldBytes > this.options.maxHeldBytes ? { kind: 'failed', code: 'EVENT_TOO_LARGE' } : MORE;
    }
    if (!this.isCommitted) {
      this.flushHeld();
      this.isCommitted = true;
    }
    this.emit(bytes, start, end);
    if (isUseful) this.hasPartial = true;
    return MORE;
  }

  private flushHeld(): void {
    if (this.held.length === 0) return;
    const held = this.held;
    this.held = [];
    this.heldBytes = 0;
    for (const frame of held) this.emit(frame, 0, frame.length);
  }

  private emit(bytes: Buffer, start: number, end: number): void {
    if (this.isVerbatim) {
      this.hasBegun = true;
      this.passing.note(bytes, start, end);
      this.output.add(bytes, start, end);
      return;
    }
    this.emitRewritten(bytes.subarray(start, end));
  }

  private emitRewritten(frame: Buffer): void {
    if (!this.hasBegun) this.begin();
    const event = readEvent(frame);
    if (event === undefined || LIFECYCLE.has(event['type'])) return; // the client has had these
    const rewritten = rewriteEvent(event, {
      sequence: this.sequence++,
      indexOffset: this.indexOffset,
      rename: (id) => this.renameId(id),
      responseId: this.baseResponse()['id'],
      earlierItems: this.doneItems.slice(0, this.earlierItems),
    });
    this.write(rewritten);
  }

  private write(event: JsonObject): void {
    const frame = encodeEvent(event);
    this.output.add(frame, 0, frame.length);
  }

  /** An event of our own: from here on the numbering is ours. */
  private speak(event: JsonObject): void {
    this.fixSequence();
    if (!this.hasBegun) this.begin();
    const { type, ...rest } = event;
    this.write({ type, sequence_number: this.sequence++, ...rest });
  }

  private begin(): void {
    this.hasBegun = true;
    for (const type of ['response.created', 'response.in_progress']) {
      this.write({ type, sequence_number: this.sequence++, response: this.baseResponse() });
    }
  }

  /** Leaves verbatim mode: reads where the upstream's own numbering stands. */
  private fixSequence(): void {
    const { lastBytes, lastStart, lastEnd } = this.passing;
    if (this.isVerbatim && lastBytes !== undefined) {
      const event = readEvent(lastBytes.subarray(lastStart, lastEnd));
      const sequence = event?.['sequence_number'];
      this.sequence = typeof sequence === 'number' ? sequence + 1 : this.sequence;
      this.baseResponse();
    }
    this.isVerbatim = false;
    this.passing.prefix = undefined;
  }

  private baseResponse(): JsonObject {
    if (this.base !== undefined) return this.base;
    const created = this.firstFrame === undefined ? undefined : readEvent(this.firstFrame)?.['response'];
    const { responseId, model, createdAt } = this.options;
    const own = syntheticResponse(responseId, model, createdAt);
    this.base = isObject(created) ? { ...own, ...created, status: 'in_progress' } : own;
    return this.base;
  }

  /** Ids that went out unchanged keep their name, also if this stream has to be renumbered later. */
  private noteId(item: JsonObject): void {
    const id = item['id'];
    if (!this.isVerbatim || typeof id !== 'string') return;
    this.renamedIds.set(id, id);
    this.usedIds.add(id);
  }

  /** The item as the client knows it. */
  private renamed(item: JsonObject): JsonObject {
    return this.isVerbatim ? item : withId(item, (id) => this.renameId(id));
  }

  /** Ids of a later upstream stay as they are unless an earlier one used them. */
  private renameId(id: string): string {
    const known = this.renamedIds.get(id);
    if (known !== undefined) return known;
    const name = this.usedIds.has(id) ? `${id}_${this.attempts}` : id;
    this.renamedIds.set(id, name);
    this.usedIds.add(name);
    return name;
  }
}

function failed(code: FailureCode, payload: JsonObject | undefined): SpliceStep {
  return payload === undefined ? { kind: 'failed', code } : { kind: 'failed', code, payload };
}

/** What Codex needs to use the item; anything else would be dropped there without a word (codex-facts §4.2). */
function isUsableItem(item: JsonObject): boolean {
  if (typeof item['type'] !== 'string') return false;
  if (item['type'] === 'function_call')
    return (
      typeof item['arguments'] === 'string' && typeof item['name'] === 'string' && typeof item['call_id'] === 'string'
    );
  if (item['type'] === 'custom_tool_call')
    return typeof item['input'] === 'string' && typeof item['name'] === 'string' && typeof item['call_id'] === 'string';
  return true;
}

/** Nothing follows it: what the model itself calls its final answer, or a summary of the conversation. */
const isLastOfAnswer = (item: JsonObject): boolean =>
  (item['type'] === 'message' && item['phase'] === 'final_answer') || item['type'] === 'compaction';

/** Largest completed event that is decoded to check it: bigger ones (they repeat all tools) only get their frame checked. */
const FULL_CHECK_BYTES = 4096;
const RESPONSE_FIELD = Buffer.from('"response":{');

function isCompletedFrame(frame: Buffer): boolean {
  if (frame.length <= FULL_CHECK_BYTES) {
    const response = readEvent(frame)?.['response'];
    return isObject(response) && typeof response['id'] === 'string';
  }
  return frame.indexOf(RESPONSE_FIELD) !== -1 && frame.indexOf('"id"') !== -1;
}

function readEvent(frame: Buffer): JsonObject | undefined {
  const view = createFrameView();
  classifyFrame(frame, 0, frame.length, view);
  return parseFrame(frame, 0, frame.length, view);
}
