/**
 * Prometheus' text format 0.0.4, as far as the gateway counts: written here because a request must cost little, and a
 * library of it loads half of Node at the start.
 */

/** Further values of the labels than these count as one, named `other`: clients invent models, and memory is bounded. */
const MAX_SERIES = 2000;
const OTHER = 'other';

export interface Family {
  /** Its lines, each with a line end. */
  readonly render: () => string;
}

export interface Counter extends Family {
  /** `values` in the order of the label names. */
  readonly add: (values: readonly string[], amount: number) => void;
}

export interface Histogram extends Family {
  readonly observe: (values: readonly string[], value: number) => void;
}

export function createCounter(name: string, help: string, labels: readonly string[]): Counter {
  const series = createSeries(labels, () => ({ total: 0 }));
  return {
    add: (values, amount) => {
      series.find(values).total += amount;
    },
    render: () => `${heading(name, help, 'counter')}${series.lines((text, { total }) => `${name}${text} ${total}\n`)}`,
  };
}

/** `buckets`: upper bounds, ascending. */
export function createHistogram(
  name: string,
  help: string,
  labels: readonly string[],
  buckets: readonly number[],
): Histogram {
  const series = createSeries(labels, () => ({ counts: buckets.map(() => 0), count: 0, sum: 0 }));
  return {
    observe: (values, value) => {
      const one = series.find(values);
      one.count += 1;
      one.sum += value;
      const bucket = buckets.findIndex((bound) => value <= bound);
      if (bucket !== -1) one.counts[bucket] = (one.counts[bucket] ?? 0) + 1;
    },
    render: () => {
      const lines = series.lines((text, { counts, count, sum }) => {
        let below = 0;
        const bounds = buckets.map((bound, index) => {
          below += counts[index] ?? 0;
          return `${name}_bucket${withLabel(text, 'le', String(bound))} ${below}\n`;
        });
        const all = `${name}_bucket${withLabel(text, 'le', '+Inf')} ${count}\n`;
        return `${bounds.join('')}${all}${name}_sum${text} ${sum}\n${name}_count${text} ${count}\n`;
      });
      return `${heading(name, help, 'histogram')}${lines}`;
    },
  };
}

/** A value that is read when it is asked for; with `label`, one for each of its values. */
export function createGauge(
  name: string,
  help: string,
  read: () => number | ReadonlyMap<string, number>,
  label = '',
): Family {
  return {
    render: () => {
      const value = read();
      const entries = typeof value === 'number' ? [['', value] as const] : [...value].slice(0, MAX_SERIES);
      const lines = entries.map(([of, one]) => `${name}${label === '' ? '' : labelText([label], [of])} ${one}\n`);
      return `${heading(name, help, 'gauge')}${lines.join('')}`;
    },
  };
}

const SEPARATOR = '\0';

interface SeriesTable<Value> {
  readonly find: (values: readonly string[]) => Value;
  readonly lines: (render: (labels: string, value: Value) => string) => string;
}

function createSeries<Value>(labels: readonly string[], create: () => Value): SeriesTable<Value> {
  /** By the labels' values; a label that holds the separator would only be counted with another like it. */
  const series = new Map<string, { readonly text: string; readonly value: Value }>();
  const findOrCreate = (values: readonly string[]): Value | undefined => {
    const key = values.join(SEPARATOR);
    const known = series.get(key);
    if (known !== undefined) return known.value;
    // One place is left for what stands for all others.
    if (series.size >= MAX_SERIES && values[0] !== OTHER) return undefined;
    const value = create();
    series.set(key, { text: labelText(labels, values), value });
    return value;
  };
  const others = labels.map(() => OTHER);
  return {
    find: (values) => findOrCreate(values) ?? findOrCreate(others) ?? create(),
    lines: (render) => {
      let text = '';
      for (const one of series.values()) text += render(one.text, one.value);
      return text;
    },
  };
}

const heading = (name: string, help: string, type: string): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

function labelText(labels: readonly string[], values: readonly string[]): string {
  let text = '{';
  for (const [index, label] of labels.entries())
    text += `${index === 0 ? '' : ','}${label}="${escapeValue(values[index] ?? '')}"`;
  return `${text}}`;
}

const withLabel = (text: string, label: string, value: string): string => `${text.slice(0, -1)},${label}="${value}"}`;

const SPECIAL = /[\\"\n]/g;

const escapeValue = (value: string): string =>
  value.replace(SPECIAL, (character) => (character === '\n' ? '\\n' : `\\${character}`));
