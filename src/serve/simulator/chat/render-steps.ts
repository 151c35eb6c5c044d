import { textOfJson } from '../../../core/text-of-json.ts';
import { cutCharacters, cutText } from '../cut-text.ts';
import type { StreamFlaw } from '../faults/fault.ts';
import { type JsonObject, objectsOf } from '../json.ts';
import { signThought } from '../thought-signature.ts';
import type { ChatSpeech, ReasoningSpeech } from './chat-vendor.ts';
import type { CallPart, ChatPart } from './prepare-parts.ts';

/** One chunk's delta, with the Responses event that it is like. */
export interface DeltaStep {
  readonly type: 'reasoning' | 'content' | 'call' | 'arguments';
  readonly isFirst: boolean;
  readonly delta: JsonObject;
}

export interface StepsContext {
  readonly speech: ChatSpeech;
  readonly reasoning: ReasoningSpeech;
  readonly flaws: ReadonlySet<StreamFlaw>;
  /** Whose thoughts they are. */
  readonly domain: string;
  readonly nowSeconds: number;
}

/** The deltas of an answer, in the order in which they are sent. */
export function renderSteps(parts: readonly ChatPart[], context: StepsContext): readonly DeltaStep[] {
  const said = parts.flatMap((part) =>
    part.kind === 'reasoning'
      ? renderThought(part.text, context)
      : part.kind === 'content'
        ? renderContent(part.text, part.deltas)
        : [],
  );
  const told = context.speech.repeatsSoFar ? repeatSoFar(said) : said;
  const calls = parts.filter((part) => part.kind === 'call');
  const perCall = calls.map((call, index) => renderCall(call, index, context));
  return [...told, ...(context.flaws.has('interleaved-calls') ? takeTurns(perCall) : perCall.flat())];
}

/** Thoughts of their own begin anew; text never does. */
function repeatSoFar(said: readonly DeltaStep[]): readonly DeltaStep[] {
  let content = '';
  let thought = '';
  return said.map((step) => {
    const { delta } = step;
    if (typeof delta['content'] === 'string') {
      content += delta['content'];
      return { ...step, delta: { ...delta, content } };
    }
    const [detail] = objectsOf(delta['reasoning_details']);
    if (detail === undefined) return step;
    thought = (step.isFirst ? '' : thought) + textOfJson(detail['text'] ?? '');
    return { ...step, delta: { ...delta, reasoning_details: [{ ...detail, text: thought }] } };
  });
}

const steps = (type: DeltaStep['type'], deltas: readonly JsonObject[]): readonly DeltaStep[] =>
  deltas.map((delta, index) => ({ type, isFirst: index === 0, delta }));

function renderContent(text: string, pieces: number | undefined): readonly DeltaStep[] {
  return steps(
    'content',
    cutText(text, pieces).map((content) => ({ content })),
  );
}

function renderThought(text: string, context: StepsContext): readonly DeltaStep[] {
  const { reasoning, domain, nowSeconds } = context;
  const pieces = cutText(text, undefined);
  switch (reasoning.kind) {
    case 'none':
      return [];
    case 'field':
      return steps(
        'reasoning',
        pieces.map((piece) => ({ [reasoning.field]: piece })),
      );
    case 'tags':
      // A network knows nothing of tags: they come in pieces like everything else.
      return steps(
        'content',
        ['<thi', 'nk>\n', ...pieces, '\n</', 'think>\n\n'].map((content) => ({ content })),
      );
    case 'parts':
      return steps(
        'reasoning',
        pieces.map((piece) => ({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: piece }] }] })),
      );
    case 'details':
      return renderDetails(pieces, text, reasoning, domain, nowSeconds);
  }
}

function renderDetails(
  pieces: readonly string[],
  text: string,
  { format, signed, beside }: Extract<ReasoningSpeech, { kind: 'details' }>,
  domain: string,
  nowSeconds: number,
): readonly DeltaStep[] {
  const spoken = beside ? { content: '' } : {};
  if (text === '') {
    const data = signThought({ domain, text: '' }, nowSeconds);
    const detail = { type: 'reasoning.encrypted', data, format, index: 0 };
    return signed ? steps('reasoning', [{ ...spoken, reasoning_details: [detail] }]) : [];
  }
  const id = signed ? {} : { id: 'reasoning-text-1' };
  const deltas: JsonObject[] = pieces.map((piece) => ({
    ...spoken,
    ...(beside ? { reasoning: piece } : {}),
    reasoning_details: [{ type: 'reasoning.text', ...id, text: piece, format, index: 0 }],
  }));
  if (signed) {
    const signature = signThought({ domain, text }, nowSeconds);
    deltas.push({ ...spoken, reasoning_details: [{ type: 'reasoning.text', signature, format, index: 0 }] });
  }
  return steps('reasoning', deltas);
}

function renderCall(call: CallPart, index: number, { speech, flaws }: StepsContext): readonly DeltaStep[] {
  const place = flaws.has('calls-without-index') ? {} : { index };
  const id = call.id === undefined ? {} : { id: call.id };
  const wrap = (fields: JsonObject): JsonObject => ({ tool_calls: [{ ...place, ...fields }] });
  const named = (text: string): JsonObject => ({
    ...id,
    type: 'function',
    function: { name: call.name, arguments: text },
  });
  if (speech.calls !== 'pieces') return steps('call', [wrap(named(call.arguments))]);
  const again = flaws.has('repeated-call-names') ? { name: call.name } : {};
  return [
    { type: 'call', isFirst: true, delta: wrap(named('')) },
    ...cutCharacters(call.arguments).map(
      (piece): DeltaStep => ({
        type: 'arguments',
        isFirst: false,
        delta: wrap({ ...speech.callPiece, function: { ...again, arguments: piece } }),
      }),
    ),
  ];
}

function takeTurns(lists: readonly (readonly DeltaStep[])[]): readonly DeltaStep[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}
