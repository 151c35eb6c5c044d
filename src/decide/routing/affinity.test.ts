import { describe, expect, test } from 'bun:test';
import { affinityOf, avoidTarget, createAffinity, preferTarget } from './affinity.ts';

describe('affinity', () => {
  const read = (table: ReturnType<typeof createAffinity>, nowMs = 0) => {
    const { preferred, avoid } = affinityOf(table, 's', nowMs);
    return [preferred, ...avoid];
  };
  test('the target that answered is preferred', () => {
    const table = createAffinity();
    preferTarget(table, 's', 'a');
    expect(read(table)).toEqual(['a']);
    expect(affinityOf(table, 'other', 0).preferred).toBeUndefined();
  });
  test('a target that failed the session is its own no more, and avoided for a while', () => {
    const table = createAffinity();
    preferTarget(table, 's', 'a');
    avoidTarget(table, 's', 'a', 0, 1000);
    expect(read(table, 999)).toEqual([undefined, 'a']);
    expect(read(table, 1000)).toEqual([undefined]);
  });
  test('another target’s failure does not end the preference', () => {
    const table = createAffinity();
    preferTarget(table, 's', 'a');
    avoidTarget(table, 's', 'b', 0, 1000);
    expect(read(table)).toEqual(['a', 'b']);
  });
  test('an answer ends the avoiding', () => {
    const table = createAffinity();
    avoidTarget(table, 's', 'a', 0, 1000);
    preferTarget(table, 's', 'a');
    expect(read(table)).toEqual(['a']);
  });
  test('the session that was used least recently is forgotten first', () => {
    const table = createAffinity(2);
    preferTarget(table, 's', 'a');
    preferTarget(table, 't', 'a');
    preferTarget(table, 's', 'a');
    preferTarget(table, 'u', 'a');
    expect([...table.sessions.keys()]).toEqual(['s', 'u']);
  });
  test('neither long ids nor many failing targets make it grow', () => {
    const table = createAffinity();
    preferTarget(table, 'x'.repeat(129), 'a');
    expect(table.sessions.size).toBe(0);
    for (let index = 0; index < 100; index += 1) avoidTarget(table, 's', `t${index}`, 0, 1000);
    expect(read(table)).toHaveLength(17);
    expect(read(table)).toContain('t99');
  });
  test('without a session there is nothing to remember', () => {
    const table = createAffinity();
    preferTarget(table, undefined, 'a');
    avoidTarget(table, undefined, 'a', 0, 1);
    expect(affinityOf(table, undefined, 0)).toEqual({ avoid: new Set() });
  });
});
