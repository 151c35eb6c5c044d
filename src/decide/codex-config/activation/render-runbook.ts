/** What a runbook is about: the present configuration, by names only. */
export interface RunbookFacts {
  readonly date: string;
  /** How Codex reaches the gateway. */
  readonly connection: 'default' | 'profile' | 'openai-base-url' | 'none';
  readonly gatewayAddress: string;
  readonly gatewayConfig: string | undefined;
  readonly routes: ReadonlyArray<{
    readonly id: string;
    readonly models: readonly string[];
    readonly targets: readonly RunbookTarget[];
  }>;
  readonly profiles: readonly string[];
  /** Providers of Codex's own configuration, without the gateway. */
  readonly providers: readonly string[];
  readonly activeProvider: string;
  readonly activation:
    | { readonly target: string; readonly since: string; readonly by: string; readonly reason: string | null }
    | undefined;
}

export interface RunbookTarget {
  readonly name: string;
  readonly tier: number;
}

/** The steps for a bad day, for people, with the names of this machine. Markdown. */
export function renderRunbook(facts: RunbookFacts): string {
  return [
    '# Codex does not answer: what to do',
    '',
    `Written by \`holdfast runbook\` on ${facts.date} for this machine. Write it anew after each change of the configuration.`,
    ...nowSection(facts),
    ...findOutSection(facts),
    ...switchSection(facts),
    ...gatewaySection(facts),
    ...backSection(),
    '',
  ].join('\n');
}

function nowSection(facts: RunbookFacts): readonly string[] {
  const { activation, routes, connection } = facts;
  const ways = {
    default: `Every Codex uses the gateway at ${facts.gatewayAddress}.`,
    profile: `\`codex --profile holdfast\` uses the gateway at ${facts.gatewayAddress}; \`codex\` alone uses "${facts.activeProvider}".`,
    'openai-base-url': `The provider "openai" goes through the gateway at ${facts.gatewayAddress}.`,
    none: `Codex uses "${facts.activeProvider}" directly, without the gateway.`,
  };
  const chains = routes.map(({ id, models, targets }) => {
    const order = targets.toSorted((left, right) => left.tier - right.tier).map(({ name }) => name);
    return `- Route \`${id}\` (${models.join(', ')}): ${order.join(' → ')}`;
  });
  const active =
    activation === undefined
      ? []
      : [
          `- **Activated: ${activation.target}**, by ${activation.by} since ${activation.since}${activation.reason === null ? '' : `: ${activation.reason}`}`,
        ];
  return ['', '## How it is now', '', `- ${ways[connection]}`, ...chains, ...active];
}

function findOutSection({ connection }: RunbookFacts): readonly string[] {
  const profile = connection === 'profile' ? ' -p holdfast' : '';
  return [
    '',
    '## 1. Find out what is wrong (one minute)',
    '',
    '```sh',
    `holdfast doctor${profile}   # what, why, and the exact repair`,
    ...(connection === 'none' ? [] : ['holdfast status   # which targets rest, and why']),
    '```',
    '',
    'Repair what it says. Go on only if a provider itself is the problem.',
  ];
}

function switchSection(facts: RunbookFacts): readonly string[] {
  const targets =
    facts.connection === 'none'
      ? []
      : [...new Set(facts.routes.flatMap(({ targets: all }) => all.map(({ name }) => name)))];
  const others = [
    ...facts.profiles.filter((name) => name !== 'holdfast').map((name) => `profile:${name}`),
    ...facts.providers.map((name) => `provider:${name}`),
  ];
  const lines = [
    ...targets.map((name) => `holdfast activate gateway:${name} --reason "…"`),
    ...others
      .filter((name) => name !== `provider:${facts.activeProvider}`)
      .map((name) => `holdfast activate ${name} --reason "…"`),
  ];
  if (lines.length === 0) {
    return [
      '',
      '## 2. Switch to another provider',
      '',
      '**There is none.** Configure one while there is time: `holdfast codex providers add --preset …`',
    ];
  }
  return [
    '',
    '## 2. Switch to another provider',
    '',
    'Each asks the target for a tool call first, and changes nothing if that fails. Take the first that you may use.',
    '',
    '```sh',
    ...lines,
    '```',
    '',
    'For the whole team: add `--team SHARED_FOLDER --expires 4h`; everybody else runs `holdfast activate --follow SHARED_FOLDER`.',
    'On a gateway that the team shares: `holdfast activate TARGET --team http://GATEWAY --expires 4h`; nobody else does anything.',
  ];
}

function gatewaySection(facts: RunbookFacts): readonly string[] {
  if (facts.connection === 'none') return [];
  const [first] = facts.routes.flatMap(({ targets }) => targets);
  const provider = first?.name.split('/')[0] ?? 'PROVIDER';
  return [
    '',
    '## 3. If the gateway itself is the problem',
    '',
    '```sh',
    'holdfast up                    # is it running at all?',
    `holdfast codex bypass ${provider}   # straight to a provider; sessions go on, without failover and policy`,
    'holdfast codex bypass --off    # and back',
    'holdfast codex disconnect      # out of the configuration altogether, byte for byte',
    '```',
  ];
}

const backSection = (): readonly string[] => [
  '',
  '## Afterwards',
  '',
  '```sh',
  'holdfast deactivate --reason "…"   # asks what was in use before, then restores the exact files',
  'holdfast codex drift               # nothing else was left behind',
  '```',
];
