/** Finds a leading `<think>…</think>` in text that arrives in pieces; a tag may be cut anywhere. */

export interface ThinkSplitter {
  /** True once nothing but text can follow: pieces need not go through `push` any more. */
  readonly isPlain: () => boolean;
  readonly push: (piece: string) => ThinkPiece;
  /** What was held back: an unfinished tag is text. White space alone is nothing. */
  readonly end: () => ThinkPiece;
  /** Everything from the opening tag to the white space after the closing one, as it came, once. '' without a tag. */
  readonly takeRaw: () => string;
}

interface ThinkPiece {
  readonly thought: string;
  readonly text: string;
}

const OPEN = '<think>';
const CLOSE = '</think>';
/** White space is only held for so long. */
const MAX_HELD = 1000;
const NOTHING: ThinkPiece = { thought: '', text: '' };

export function createThinkSplitter(): ThinkSplitter {
  let state: 'start' | 'thought' | 'after' | 'text' = 'start';
  let held = '';
  let raw = '';
  let isFirstThought = true;

  const toThought = (piece: string): string => {
    if (!isFirstThought || piece === '') return piece;
    const trimmed = piece.replace(/^\s+/, '');
    isFirstThought = trimmed === '';
    return trimmed;
  };
  const push = (piece: string): ThinkPiece => {
    switch (state) {
      case 'start': {
        held += piece;
        const trimmed = held.trimStart();
        if (trimmed.startsWith(OPEN)) {
          const rest = trimmed.slice(OPEN.length);
          raw = held.slice(0, held.length - rest.length);
          held = '';
          state = 'thought';
          return push(rest);
        }
        if (OPEN.startsWith(trimmed) && held.length < MAX_HELD) return NOTHING;
        state = 'text';
        return { thought: '', text: take() };
      }
      case 'thought': {
        held += piece;
        const at = held.indexOf(CLOSE);
        if (at < 0) {
          const keep = overlap(held, CLOSE);
          const thought = held.slice(0, held.length - keep);
          held = held.slice(held.length - keep);
          raw += thought;
          return { thought: toThought(thought), text: '' };
        }
        const thought = held.slice(0, at);
        const rest = held.slice(at + CLOSE.length);
        raw += thought + CLOSE;
        held = '';
        state = 'after';
        const after = push(rest);
        return { thought: toThought(thought), text: after.text };
      }
      case 'after': {
        const text = piece.trimStart();
        raw += piece.slice(0, piece.length - text.length);
        if (text !== '') state = 'text';
        return { thought: '', text };
      }
      case 'text':
        return { thought: '', text: piece };
    }
  };
  const take = (): string => {
    const taken = held;
    held = '';
    return taken;
  };
  return {
    isPlain: () => state === 'text',
    push,
    end: () => {
      const rest = take();
      if (state === 'thought') {
        raw += rest;
        return { thought: toThought(rest), text: '' };
      }
      state = 'text';
      return rest.trim() === '' ? NOTHING : { thought: '', text: rest };
    },
    takeRaw: () => {
      const taken = raw;
      raw = '';
      return taken;
    },
  };
}

/** Length of the longest end of `text` that `tag` begins with. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length -= 1) {
    if (tag.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
