import type { ClientKind } from './client-kind.ts';

/** How much of the answer the client has already got (design §6). */
export type Forwarded =
  | 'nothing' // no byte, not even headers
  | 'lifecycle' // created, in_progress: nothing that would have to be taken back
  | 'partial' // parts of items, none of them done but reasoning
  | 'done' // a message is done, no call
  | 'answer-done' // the message is done that the model itself calls its final answer: nothing would follow it
  | 'call-done'; // a call is done: Codex is running it

export type Continuation =
  | 'replay' // the next target answers the same request in the same stream
  | 'end-turn' // complete with end_turn:false: Codex asks again with what it has
  | 'complete' // complete as it is: the tool's output arrives with the next request
  | 'cut' // close without completing: every Codex version asks again
  | 'fail'; // say so

export interface ContinuationInput {
  readonly forwarded: Forwarded;
  readonly client: ClientKind;
  /** Another attempt can be made now. */
  readonly canReplay: boolean;
  /** `end-turn` and `cut` so far in this turn, and how many are allowed. */
  readonly continuations: number;
  readonly maxContinuations: number;
}

/** What to do when an upstream fails in mid-answer. */
export function decideContinuation(input: ContinuationInput): Continuation {
  const { forwarded, client, canReplay } = input;
  switch (forwarded) {
    case 'nothing':
    case 'lifecycle':
    case 'partial':
      return canReplay ? 'replay' : 'fail';
    case 'call-done':
    case 'answer-done':
      return 'complete';
    case 'done':
      // Another client cannot be made to ask again, and Codex not for ever; a second answer in the same stream says at
      // most something twice.
      if (client.kind === 'other' || input.continuations >= input.maxContinuations)
        return canReplay ? 'replay' : 'fail';
      return client.honoursEndTurn ? 'end-turn' : 'cut';
  }
}
