import type { ResponsesEvent } from './events.ts';

/** Server-sent events as text: an `event:` line and one `data:` line each. For a stream, `createEventEncoder` is faster. */
export function renderEvents(events: readonly ResponsesEvent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
