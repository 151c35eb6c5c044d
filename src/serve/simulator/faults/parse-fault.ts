import { nearestName } from '../../../decide/config/nearest-name.ts';
import type { Fault, FaultCondition } from './fault.ts';
import { createFault, FAULTS } from './fault-table.ts';

export type ParsedFault =
  | { readonly kind: 'valid'; readonly fault: Fault }
  | { readonly kind: 'invalid'; readonly message: string };

const NUMBER_CONDITIONS = new Set(['step', 'nthRequest', 'times', 'probability']);

/** Reads `NAME[:ARGUMENT][@CONDITION[,CONDITION]]`, e.g. `reset-at-byte:1200@step=2,times=1`. */
export function parseFault(text: string): ParsedFault {
  const [head = '', conditions, ...rest] = text.split('@');
  if (rest.length > 0) return invalid(`"${text}" has more than one @`);
  const colon = head.indexOf(':');
  const name = colon < 0 ? head : head.slice(0, colon);
  const argument = colon < 0 ? undefined : head.slice(colon + 1);
  if (!Object.hasOwn(FAULTS, name)) return invalid(`there is no fault "${name}"${suggest(name)}`);
  const when = conditions === undefined ? undefined : parseConditions(conditions);
  if (typeof when === 'string') return invalid(when);
  try {
    return { kind: 'valid', fault: createFault(name, argument, when) };
  } catch (error) {
    return invalid(error instanceof Error ? error.message : 'the fault cannot be made');
  }
}

const invalid = (message: string): ParsedFault => ({ kind: 'invalid', message });

/** The conditions, or what is wrong with them. */
function parseConditions(text: string): FaultCondition | string {
  const when: Record<string, number | string> = {};
  for (const part of text.split(',')) {
    const [key = '', value = ''] = part.split('=', 2);
    if (key === 'model' && value !== '') when[key] = value;
    else if (NUMBER_CONDITIONS.has(key) && value !== '' && Number(value) >= 0) when[key] = Number(value);
    else return `"${part}" is not one of step=N, nthRequest=N, times=N, probability=0.5, model=NAME`;
  }
  return when;
}

function suggest(name: string): string {
  const names = Object.keys(FAULTS);
  const nearest = nearestName(name, names) ?? (name === '' ? undefined : names.find((known) => known.includes(name)));
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}
