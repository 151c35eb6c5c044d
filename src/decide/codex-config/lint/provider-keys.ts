/** What Codex 0.169 accepts under `[model_providers.<id>]`, found by running it. */
export type KeyType = 'string' | 'whole number' | 'boolean' | 'table' | 'list';

export const PROVIDER_KEYS: Readonly<Record<string, KeyType>> = {
  name: 'string',
  base_url: 'string',
  env_key: 'string',
  env_key_instructions: 'string',
  experimental_bearer_token: 'string',
  auth: 'table',
  gateway_oauth: 'table',
  requires_openai_auth: 'boolean',
  http_headers: 'table',
  env_http_headers: 'table',
  query_params: 'table',
  request_max_retries: 'whole number',
  stream_max_retries: 'whole number',
  stream_idle_timeout_ms: 'whole number',
  websocket_connect_timeout_ms: 'whole number',
  supports_websockets: 'boolean',
  model_catalog_url: 'string',
  capabilities: 'table',
  supports_standalone_web_search: 'boolean',
  wire_api: 'string',
  aws: 'table',
  project_id: 'string',
  location: 'string',
  credential_file: 'string',
};

export const AUTH_KEYS: Readonly<Record<string, KeyType>> = {
  command: 'string',
  args: 'list',
  timeout_ms: 'whole number',
  refresh_interval_ms: 'whole number',
  cwd: 'string',
};

/** Keys inside the tables of a provider; `auth` has its own. */
export const NESTED_KEYS: Readonly<Record<string, readonly string[]>> = {
  capabilities: ['remote_compaction', 'external_web_access', 'cyber_access_programs'],
  aws: ['profile', 'region', 'credential_export', 'auth_refresh'],
};

/** Tables of a provider that hold texts by name. */
export const TEXT_MAPS: readonly string[] = ['http_headers', 'env_http_headers', 'query_params'];

/** What `capabilities.remote_compaction` may be. */
export const REMOTE_COMPACTION: readonly string[] = ['unsupported', 'v2'];

/** What `service_tier` may be; Codex leaves anything else out of requests. */
export const SERVICE_TIERS: readonly string[] = ['default', 'flex', 'fast', 'priority'];

/** Built-in providers that may not be configured at all. */
export const RESERVED_IDS: readonly string[] = ['openai', 'ollama', 'lmstudio'];

/** Built-in providers of which only these keys may be set; everything else must stay at its default. */
export const ADJUSTABLE_IDS: Readonly<Record<string, readonly string[]>> = {
  'amazon-bedrock': ['base_url', 'auth', 'http_headers', 'aws'],
  'amazon-bedrock-runtime': ['base_url', 'auth', 'http_headers', 'aws'],
  gcp: ['base_url', 'auth', 'http_headers', 'project_id', 'location', 'credential_file'],
};

/** Codex 0.169 knows these without any table. */
export const BUILT_IN_IDS: readonly string[] = [...RESERVED_IDS, ...Object.keys(ADJUSTABLE_IDS)];

/** What Codex uses for a key of a provider that is not set. */
export const RETRY_DEFAULTS = { request: 4, stream: 5, idleMs: 300_000 } as const;

/** Codex retries no more often than this, whatever is set. */
export const STREAM_RETRY_CAP = 100;

/** Keys that a project's own `.codex/config.toml` may not set: Codex ignores them with a warning. */
export const PROJECT_IGNORED_KEYS: readonly string[] = [
  'openai_base_url',
  'chatgpt_base_url',
  'apps_mcp_product_sku',
  'responses_api_metadata',
  'model_provider',
  'model_providers',
  'notify',
  'profile',
  'profiles',
  'experimental_realtime_webrtc_call_base_url',
  'experimental_realtime_ws_base_url',
  'otel',
];

/** A profile's name as `--profile` takes it. */
export const PROFILE_NAME = /^[A-Za-z0-9_-]+$/;
