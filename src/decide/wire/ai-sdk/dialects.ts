import { FUNCTIONS_ONLY } from '../tools/tool-contract.ts';
import type { AiSdkDialect } from './ai-sdk-dialect.ts';

const NO_MODEL = /^\b$/;

/** As the SDK counts: a name without a number is the newest one. */
const SINCE_GEMINI_3 = /(^|[/.])gemini-(?!1[.-]|2[.-]|pro(-vision)?$|robotics-er-1\.5)/i;

/** https://ai.google.dev/gemini-api/docs/image-understanding, /document-processing and /thinking, November 2026. */
const GEMINI: AiSdkDialect = {
  wire: 'gemini',
  files: ['image/png', 'image/jpeg', 'image/webp', 'application/pdf'],
  filesInOutputs: SINCE_GEMINI_3,
  structured: /^/,
  structuredWithTools: SINCE_GEMINI_3,
  canForbidCalls: true,
  tools: FUNCTIONS_ONLY,
  model: 'gemini',
};

const VERTEX: AiSdkDialect = { ...GEMINI, wire: 'vertex' };

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, November 2026. */
const CONVERSE: AiSdkDialect = {
  wire: 'converse',
  files: ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf'],
  filesInOutputs: /^/,
  // Bedrock holds few models to it, and the SDK would force a call for it, which rules out thinking and other calls.
  structured: NO_MODEL,
  structuredWithTools: NO_MODEL,
  canForbidCalls: false,
  tools: FUNCTIONS_ONLY,
  model: 'bedrock',
};

export const AI_SDK_DIALECTS = { gemini: GEMINI, vertex: VERTEX, converse: CONVERSE } as const;
