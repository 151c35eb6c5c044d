import type { FailureCode } from '../../core/failures.ts';

/** What providers' own codes mean. `throttling*` matches every code that starts so. Matched in lower case. */
export type CodeFact = readonly [code: FailureCode, codes: string];

/** What a provider's wording means, where its code does not say it. */
export interface TextFact {
  readonly code: FailureCode;
  /** HTTP statuses on which the wording counts. An error inside a 200 counts as 400 unless it names its status. */
  readonly statuses: readonly number[];
  readonly text: RegExp;
}

/**
 * Codes that say what happened, whatever the status: a 400 may hide an empty account, a 429 a locked one. Read top to
 * bottom, first match wins, so what a human must act on stands above what passes by itself. Numbers of four digits are
 * Z.ai's (https://docs.z.ai/api-reference/api-code), `base_resp:` ones MiniMax's.
 */
export const TELLING_CODES: readonly CodeFact[] = [
  // OpenRouter's 402 for requests in flight: the money is there, only reserved.
  ['RATE_LIMITED', 'openrouter_in_flight_budget'],
  // Gemini says this for a minute's limit as for a day's; the wait in its details tells which.
  ['RATE_LIMITED', 'resource_exhausted'],
  [
    'BILLING',
    'insufficient_quota credit_balance_exhausted organization_spend_limit_exceeded project_spend_limit_exceeded ' +
      'organization_usage_limit_exceeded usage_limit_reached usage_not_included billing_error billing_not_active ' +
      'billing_hard_limit_reached exceeded_current_quota_error enforced_spend_limit_reached ' +
      'contract_spend_limit_reached arrearage insufficient_balance insufficient_user_quota ' +
      'servicequotaexceededexception allocationquota* 1113 1308 1309 1310 base_resp:1008',
  ],
  [
    'ACCOUNT_SUSPENDED',
    'organization_on_hold linked_organization_* cmek_* account_deactivated account_suspended access_terminated ' +
      '1110 1111 1112 1121',
  ],
  ['REGION_BLOCKED', 'unsupported_country_region_territory unsupported_country* region_restricted'],
  [
    'UNAUTHORIZED',
    'invalid_api_key incorrect_api_key api_key_invalid invalid_authentication authentication_error unauthenticated ' +
      'invalid_authentication_error unrecognizedclientexception expiredtokenexception token_expired invalidapikey ' +
      '1000 1001 1002 1003 1004 base_resp:1004',
  ],
  ['CONTEXT_TOO_LONG', 'context_length_exceeded 1261'],
  [
    'CONTENT_REFUSED',
    'content_filter contentfilter content_policy_violation cyber_policy bio_policy misalignment_policy_violation ' +
      'responsibleaipolicyviolation invalid_prompt inference_hook_denied datainspectionfailed ' +
      'data_inspection_failed 1301 base_resp:1026 base_resp:1027',
  ],
  ['FOREIGN_STATE', 'invalid_encrypted_content'],
  ['INCOMPLETE_ANSWER', 'max_output_tokens'],
  ['TARGET_UNSUPPORTED', 'no_endpoints_support* constraint_filtered privacy_restricted 1212'],
  [
    'TARGET_UNSUPPORTED',
    'unsupported_parameter unknown_parameter unsupported_value unsupported_tool* unsupported_model_feature ' +
      'extra_forbidden literal_error union_tag_invalid value_error.extra',
  ],
  [
    'MODEL_NOT_FOUND',
    'model_not_found modelnotfound model_not_available model_deprecated model_decommissioned deploymentnotfound ' +
      'resourcenotfoundexception ftuformnotfilled* no_endpoints no_endpoints_found access_program_not_enabled ' +
      '1211 1221 1222 1311',
  ],
  ['OVERLOADED', 'server_is_overloaded slow_down overloaded_error overloaded engine_overloaded_error 1305 1312'],
  [
    'OVERLOADED',
    'capacity_exceeded capacity_exhausted policy_capacity_unavailable temporarily_unavailable unavailable ' +
      'modelnotreadyexception serviceunavailableexception',
  ],
  [
    'RATE_LIMITED',
    'rate_limit_exceeded rate_limit_reached rate_limit_reached_error ramp_limit_exceeded throttling* ' +
      'too_many_requests toomanyrequestsexception 1302 1303 1304 1313 base_resp:1002',
  ],
  [
    'UPSTREAM_TIMEOUT',
    'timeout_error request_timeout modeltimeoutexception deadline_exceeded gateway_timeout base_resp:1001',
  ],
  // Groq's 400 for a call that the model wrote badly: the same request may well succeed.
  [
    'SERVER_ERROR',
    'tool_use_failed modelerrorexception modelstreamerrorexception internalserverexception server_error ' +
      'internal_server_error internal_error 1120 1200 1230 1234 base_resp:1000',
  ],
  ['FORBIDDEN', 'request_forbidden permission_denied accessdenied* access_denied data_residency_mismatch 1220 1300'],
  ['BAD_REQUEST', 'invalid_image* invalidparameter* 1210 1213 1214 1215 base_resp:2013'],
];

const REFUSALS = [400, 403, 404, 422] as const;

/** Read top to bottom, after the telling codes. Every pattern is bounded: it runs on what a stranger wrote. */
export const TEXTS: readonly TextFact[] = [
  {
    code: 'REGION_BLOCKED',
    statuses: REFUSALS,
    text: /\b(?:country|countries|region|territory|location)\b.{0,60}\b(?:not (?:supported|available|allowed)|unsupported|restricted)\b|\b(?:not (?:supported|available)|unsupported) (?:in|for) (?:your|this) (?:country|region|location)\b/i,
  },
  {
    code: 'BILLING',
    statuses: [400, 402, 403, 429],
    text: /\bcredit balance is too low\b|\breached your specified api usage limits\b|\binsufficient (?:account )?(?:balance|credits?|funds)\b|\b(?:out of|not enough|no remaining) credits?\b|\bprepa(?:id|yment) credits? (?:are |is )?depleted\b|\bbilling (?:is |has )?(?:not (?:been )?(?:enabled|active)|disabled)\b|\boverdue[ -]payment\b|\baccount is in (?:good standing.{0,20}overdue|arrears)\b|余额不足|欠费/i,
  },
  {
    code: 'ACCOUNT_SUSPENDED',
    statuses: [400, 401, 403, 412, 429],
    text: /\b(?:account|organization|team|project|workspace)\b.{0,30}\b(?:suspended|deactivated|disabled|locked|terminated|blocked)\b|\baccess (?:has been )?terminated\b/i,
  },
  {
    code: 'UNAUTHORIZED',
    statuses: [400, 403, 422],
    text: /\b(?:incorrect|invalid|wrong|expired|revoked|missing|unknown) (?:x-)?api[ _-]?key\b|\bapi[ _-]?key\b.{0,30}\b(?:not valid|invalid|incorrect|expired|revoked|not found|disabled)\b/i,
  },
  {
    code: 'CONTEXT_TOO_LONG',
    statuses: [400, 403, 413, 422],
    text: /\b(?:maximum|max) context (?:length|window)\b|\bcontext[ _](?:length|window|size)\b.{0,40}\b(?:exceed|too (?:long|large))|\bexceed.{0,40}\bcontext (?:length|window|size|limit)|\b(?:prompt|input) is too long\b|\binput token count\b.{0,60}\bexceeds\b|\bmaximum number of (?:input )?tokens\b/i,
  },
  {
    code: 'CONTENT_REFUSED',
    statuses: [400, 403, 422],
    text: /\bcontent (?:management policy|policy|filter)\b|\bflagged\b.{0,40}\b(?:moderation|policy|violat|unsafe)|\brequires? moderation\b|\bguardrails?\b|\bconsidered high risk\b|\b(?:violat\w{1,5}|against) (?:our |the )?usage polic/i,
  },
  {
    code: 'FOREIGN_STATE',
    statuses: [400, 404, 422],
    text: /\bencrypted[ _]content\b|\bcould not be (?:verified|decrypted)\b|\bcould not (?:verify|decrypt)\b|\binvalid.{0,20}\bsignature\b.{0,30}\bthinking\b|\b(?:corrupted|invalid) thought[ _]signature\b|\bthought[ _]signature\b.{0,20}\b(?:corrupted|invalid|not valid)\b|\bitem with id\b.{0,100}\bnot found\b|\binput\[\d+\]\.(?:content': array too long|(?:id|call_id)': string too long|id'.{0,200}\bexpected an id that begins with)\b/i,
  },
  {
    code: 'TARGET_UNSUPPORTED',
    statuses: REFUSALS,
    text: /\b(?:unsupported|unknown|unrecognized|unexpected|extra) (?:request )?(?:parameter|argument|field|key|property|input|value)s?\b|\bextra (?:inputs|fields) (?:are )?not (?:permitted|allowed)\b|\bunknown variant\b|\bdoes not match any of the expected tags\b|\bunsupported (?:tool|content|input item|item|response format|reasoning)\b|\btools?\b.{0,60}\b(?:not supported|unsupported|must be (?:a |of type )?'?function|type must be)|\bsupported values are\b|\bnot supported (?:with|by|for|on) (?:this|the|that)\b|\b(?:model|endpoint|provider|deployment)\b.{0,80}\bdoes(?: not|n't) support\b|\bno endpoints found that (?:support|can handle)\b/i,
  },
  {
    code: 'MODEL_NOT_FOUND',
    statuses: [400, 403, 404, 410, 422],
    text: /\bmodel\b.{0,160}\b(?:does(?: not|n't) exist|not exist|not found|not available|no longer (?:available|supported)|not accessible|deprecated|retired|decommissioned|discontinued|withdrawn|don't have access|do(?:es)? not have access)\b|\b(?:unknown|invalid|no such|unsupported|nonexistent) model\b|\bmodel identifier is invalid\b|\bno endpoints found\b|\bdeployment\b.{0,60}\bdoes not exist\b/i,
  },
  {
    code: 'RATE_LIMITED',
    statuses: [400, 403, 503],
    text: /\brate limit(?:ed|s)?\b.{0,40}\b(?:exceeded|reached|hit)\b|\btoo many requests\b|\bthrottl(?:ed|ing)\b/i,
  },
  {
    code: 'OVERLOADED',
    statuses: [400, 500, 502, 503],
    text: /\b(?:overloaded|over capacity|at capacity|high demand)\b|\bcapacity\b.{0,20}\b(?:exceeded|exhausted)\b/i,
  },
];

/** Families that a provider puts on many errors: read after the wording. */
export const FAMILY_CODES: readonly CodeFact[] = [
  ['CONTEXT_TOO_LONG', 'context_window_exceeded'],
  ['CONTENT_REFUSED', 'content_filtered moderation safety'],
  ['RATE_LIMITED', 'rate_limit_error'],
  ['FORBIDDEN', 'permission_error'],
  ['SERVER_ERROR', 'api_error'],
];

/** Families that count only where the status says no more than they do: on a 400, and inside a 200. */
export const FAMILY_CODES_OF_400: readonly CodeFact[] = [
  // Gemini: the place or the billing behind the key, never the request.
  ['REGION_BLOCKED', 'failed_precondition'],
  ['SERVER_ERROR', 'internal'],
  ['MODEL_NOT_FOUND', 'not_found_error not_found'],
  ['BAD_REQUEST', 'invalid_request_error invalid_request invalid_argument validationexception bad_request'],
];

/** What is left to say when neither code nor wording was known. */
export const STATUS_FACTS: Readonly<Record<number, FailureCode>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'BILLING',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  408: 'UPSTREAM_TIMEOUT',
  409: 'CONFLICT',
  410: 'MODEL_NOT_FOUND',
  // Fireworks.
  412: 'ACCOUNT_SUSPENDED',
  // Limits on size and form differ from host to host, so another target may well take it.
  413: 'TARGET_UNSUPPORTED',
  415: 'TARGET_UNSUPPORTED',
  422: 'BAD_REQUEST',
  // Bedrock: the model failed.
  424: 'SERVER_ERROR',
  425: 'OVERLOADED',
  429: 'RATE_LIMITED',
  // Unavailable for legal reasons.
  451: 'REGION_BLOCKED',
  // Groq's flex tier.
  498: 'OVERLOADED',
  504: 'UPSTREAM_TIMEOUT',
  // Cloudflare before an origin that is slow.
  522: 'UPSTREAM_TIMEOUT',
  524: 'UPSTREAM_TIMEOUT',
  // Anthropic.
  529: 'OVERLOADED',
};
