/** Fields of events that vendors leave out and that the API's types, and so its SDKs, count on. */
import { asNumber, asObject, asObjects, type JsonObject } from '../read-json.ts';

/** Whether a vendor's events have to be read because something may be missing in them. */
export interface GapWatch {
  readonly look: (event: JsonObject) => void;
  /** The next event must be looked at: something is missing, or it is not known yet. */
  readonly mustLook: () => boolean;
  /** The vendor does not number its events. */
  readonly isWithoutNumbers: () => boolean;
}

export function createGapWatch(): GapWatch {
  let hasGaps = false;
  let isWithoutNumbers = false;
  let isFirst = true;
  /** A message has begun, and none of its texts was seen. */
  let isUnsure = false;
  return {
    look: (event) => {
      if (isFirst && asNumber(event['sequence_number']) === undefined) isWithoutNumbers = true;
      isFirst = false;
      switch (event['type']) {
        case 'response.output_item.added':
          isUnsure = asObject(event['item'])?.['type'] === 'message';
          break;
        case 'response.content_part.added':
        case 'response.output_text.delta':
          if (fillEvent(event) !== event) hasGaps = true;
          if (event['type'] === 'response.output_text.delta') isUnsure = false;
          break;
        default:
      }
    },
    mustLook: () => hasGaps || isWithoutNumbers || isUnsure,
    isWithoutNumbers: () => isWithoutNumbers,
  };
}

/** The same event when nothing is missing. */
export function fillEvent(event: JsonObject): JsonObject {
  switch (event['type']) {
    case 'response.output_text.delta':
    case 'response.output_text.done':
      return withDefaults(event, TEXT);
    case 'response.content_part.added':
    case 'response.content_part.done': {
      const part = asObject(event['part']);
      const filled = part === undefined ? part : fillPart(part);
      return withDefaults(filled === part ? event : { ...event, part: filled }, PLACE);
    }
    case 'response.reasoning_summary_part.added':
    case 'response.reasoning_summary_part.done':
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_summary_text.done':
      return withDefaults(event, SUMMARY);
    default:
      return event;
  }
}

/** A message's content with what its parts leave out. */
export function fillContent(content: unknown): readonly JsonObject[] {
  return asObjects(content).map(fillPart);
}

const PLACE: JsonObject = { content_index: 0 };
const TEXT: JsonObject = { content_index: 0, logprobs: [] };
const SUMMARY: JsonObject = { summary_index: 0 };
const PART: JsonObject = { annotations: [] };

const fillPart = (part: JsonObject): JsonObject => (part['type'] === 'output_text' ? withDefaults(part, PART) : part);

function withDefaults(object: JsonObject, defaults: JsonObject): JsonObject {
  const missing = Object.keys(defaults).filter((name) => object[name] === undefined || object[name] === null);
  return missing.length === 0
    ? object
    : { ...object, ...Object.fromEntries(missing.map((name) => [name, defaults[name]])) };
}
