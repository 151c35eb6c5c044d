/** What a request can be sent to, resolved from configuration and catalogue. Plain data, safe to log. */

/**
 * The wire an upstream speaks. `gemini`: Google's Generative Language API, `vertex`: the same models on Vertex AI,
 * `converse`: Bedrock's own API.
 */
export type Wire = 'responses' | 'chat' | 'messages' | 'gemini' | 'vertex' | 'converse';

export interface Timeouts {
  /** Until the connection stands: name, TCP and TLS together. Default 5 s. */
  readonly connectMs: number;
  /** Until response headers. Default 60 s. */
  readonly headersMs: number;
  /** Until the first event that carries output. Default 90 s. */
  readonly firstEventMs: number;
  /** Between two events. Default 60 s. */
  readonly idleMs: number;
  /** One attempt from start to end. Default 30 min. */
  readonly totalMs: number;
}

/** Where a provider's key comes from. The key itself is never part of a configuration value. */
export type KeySource =
  | { readonly kind: 'none' }
  | { readonly kind: 'env'; readonly name: string }
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd?: string;
      readonly timeoutMs: number;
      readonly refreshIntervalMs: number;
      /** `aws`: it prints keys as AWS's `credential_process` does. Default: the key, and nothing else. */
      readonly prints?: 'aws';
    }
  | { readonly kind: 'literal'; readonly value: string }
  /** AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary keys, AWS_SESSION_TOKEN. */
  | { readonly kind: 'aws-env' };

/** What requests to AWS are signed with. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only temporary keys have one. */
  readonly sessionToken?: string;
}

/** Where a signature counts: the region, and AWS's own name of the service there. */
export interface Signing {
  readonly service: string;
  readonly region: string;
}

export interface Provider {
  /** The name in `[providers.<id>]`. */
  readonly id: string;
  /** Catalogue entry it was made from, if any. */
  readonly preset?: string;
  readonly wire: Wire;
  /** What stands before `/responses`, no trailing slash, no query. */
  readonly baseUrl: string;
  readonly dialect?: string;
  readonly key: KeySource;
  /** How the key travels. */
  readonly auth: 'bearer' | 'api-key' | 'x-api-key' | 'x-goog-api-key' | 'sigv4';
  /** Set when `auth` is "sigv4". */
  readonly signing?: Signing;
  /** Further headers to send, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** True only for OpenAI itself: Codex's own metadata may travel there and nowhere else. */
  readonly firstParty: boolean;
  /** Who can read opaque reasoning made here: vendor and account. Default: the provider id. */
  readonly stateDomain: string;
  /** Who can order it off, as ISO country codes or "EU"; `undefined` = unknown. */
  readonly jurisdiction?: string;
  readonly lab?: string;
  /** Further fields of every request's body, on wires that are translated. They win over ours. */
  readonly extraBody?: Readonly<Record<string, unknown>>;
  /** Where a cloud deployment may process; `undefined` = unknown. */
  readonly deployment?: 'global' | 'data-zone-eu' | 'data-zone-us' | 'regional';
  /** The provider's own name of the region; `undefined` = unknown. */
  readonly region?: string;
  readonly timeouts: Timeouts;
}

export interface Target {
  /** `<provider id>/<model>`: unique in a route, the same in every route that uses the pair. */
  readonly id: string;
  readonly provider: Provider;
  /** The model name sent upstream. */
  readonly model: string;
  /** True when the upstream model is another one than the client asked for (design P9). */
  readonly isSubstitute: boolean;
  /** Tier: 1 is tried first. */
  readonly priority: number;
  /** Share within the tier, > 0. */
  readonly weight: number;
  /** Statuses of this target on which the walk moves on. Absent: every class that says so. */
  readonly onError?: readonly number[];
  /** Move on when no useful event came in this time. */
  readonly onTimeoutMs?: number;
  /** The model can see. Absent: what is known of its dialect and name. */
  readonly images?: boolean;
  /** Sent where the client set no limit. Absent: the vendor's own. */
  readonly maxOutputTokens?: number;
  readonly timeouts: Timeouts;
}

export interface Route {
  readonly id: string;
  /** Model names it serves; `*` at the end matches any rest. */
  readonly models: readonly string[];
  readonly substitution: 'allow' | 'notify' | 'deny';
  /** `safe`: a call is shown to the client only when the upstream's answer is complete (design §6). */
  readonly effects: 'safe' | 'eager';
  /** Which tools Codex is told to use here. Absent: `native` where every target takes them, else `portable`. */
  readonly tools?: 'native' | 'portable';
  /** Targets for a requested model, built when the route was resolved. */
  readonly targets: readonly RouteTarget[];
}

/** A target before the requested model is known. */
export interface RouteTarget extends Omit<Target, 'id' | 'model' | 'isSubstitute'> {
  /** Absent: the model the client asked for. */
  readonly model?: string;
  /** Whether `model` is the requested model under another name. Absent: decided by comparing the names. */
  readonly sameModel?: boolean;
  /** Tokens that the model takes in all. Absent: what Codex knows about a model of that name. */
  readonly contextWindow?: number;
}

/** Everything that shares a fate: a failure's scope and a target give the key under which health is kept. */
export interface ScopeKeys {
  readonly credential: string;
  readonly target: string;
  readonly model: string;
  readonly provider: string;
}

export function scopeKeys(target: Target): ScopeKeys {
  return {
    credential: `credential:${target.provider.id}`,
    target: `target:${target.id}`,
    model: `model:${target.id}`,
    provider: `provider:${target.provider.id}`,
  };
}
