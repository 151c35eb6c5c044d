import { parseJson } from '../read-json.ts';
import type { ToolBridge } from '../tools/bridge-tools.ts';
import { type IdSource, MAX_ID_LENGTH } from './events.ts';
import type { ResponseWriter } from './response-writer.ts';

/** The calls of one answer, from a wire that only knows functions. */
export interface CallWriter {
  /** The upstream's id is kept where it is free and not too long; else one is made. */
  readonly open: (flatName: string, upstreamId: string | undefined) => WrittenCall;
}

export interface WrittenCall {
  /** Its output index. */
  readonly item: number;
  /** The next piece of the arguments' JSON. */
  readonly push: (piece: string) => void;
  /** Writes its done events: Codex runs it now. */
  readonly close: () => void;
}

export function createCallWriter(
  writer: ResponseWriter,
  bridge: ToolBridge,
  ids: IdSource,
  usedCallIds: ReadonlySet<string>,
): CallWriter {
  const givenIds = new Set<string>();
  /** Each writes the input of a call that is held until it is whole, and answers whether it was. */
  let held: readonly (() => boolean)[] = [];
  // Codex runs two calls of one id twice, and some vendors count from call_0 in every answer.
  const freshId = (wanted: string | undefined): string => {
    const isFit = wanted !== undefined && wanted.length <= MAX_ID_LENGTH;
    const id = isFit && !givenIds.has(wanted) && !usedCallIds.has(wanted) ? wanted : ids('call');
    givenIds.add(id);
    return id;
  };
  return {
    open: (flatName, upstreamId) => {
      // Readers expect the events of an item before the next one begins.
      held = held.filter((writeIfWhole) => !writeIfWhole());
      const origin = bridge.originOf(flatName);
      // Function arguments are written as they come; a custom tool's input only makes sense as a whole.
      const isStreamed = origin.kind === 'function';
      const item = writer.openCall({ ...origin, callId: freshId(upstreamId) });
      let text = '';
      let isWritten = false;
      const writeInput = (): void => {
        if (!isWritten) writer.argumentsDelta(item, bridge.restoreCall(flatName, text).text);
        isWritten = true;
      };
      if (!isStreamed) {
        held = [
          ...held,
          () => {
            if (parseJson(text) !== undefined) writeInput();
            return isWritten;
          },
        ];
      }
      return {
        item,
        push: (piece) => {
          text += piece;
          if (isStreamed && piece !== '') writer.argumentsDelta(item, piece);
        },
        close: () => {
          if (!isStreamed) writeInput();
          else if (text === '') writer.argumentsDelta(item, '{}');
          writer.closeItem(item);
        },
      };
    },
  };
}
