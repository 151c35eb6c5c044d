/** The names that `dialect` of a provider may have. */
import { CHAT_DIALECTS } from './chat/dialects.ts';
import { MESSAGES_DIALECTS } from './messages/dialects.ts';
import { RESPONSES_DIALECTS } from './sanitise/dialects.ts';

interface Named {
  readonly id: string;
  readonly aliases: readonly string[];
}

const BY_WIRE: Readonly<Record<string, readonly Named[]>> = {
  responses: RESPONSES_DIALECTS,
  chat: CHAT_DIALECTS,
  messages: MESSAGES_DIALECTS,
};

const ALL: readonly Named[] = Object.values(BY_WIRE).flat();

/** Without other spellings. `undefined`: of every wire. */
export function dialectsOf(wire: string | undefined): readonly string[] {
  const dialects = wire === undefined ? ALL : Object.hasOwn(BY_WIRE, wire) ? (BY_WIRE[wire] ?? []) : [];
  return [...new Set(dialects.map(({ id }) => id))];
}

/** Whether some wire knows it, under this or another name. */
export function isDialect(name: string): boolean {
  return ALL.some(({ id, aliases }) => id === name || aliases.includes(name));
}
