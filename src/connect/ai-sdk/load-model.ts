/** The provider packages of the AI SDK: loaded when a target first needs one, and told nothing but where to ask. */
import type { GoogleProvider } from '@ai-sdk/google';
import type { Wire } from '../../core/target.ts';

export type LanguageModel = ReturnType<GoogleProvider['languageModel']>;
export type CallOptions = Parameters<LanguageModel['doStream']>[0];
export type StreamPart =
  Awaited<ReturnType<LanguageModel['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never;

export interface ModelSettings {
  /** As in `Provider.baseUrl`. */
  readonly baseUrl: string;
  readonly model: string;
  /** Makes every request; the headers that it is given are the SDK's own, and of no use. */
  readonly fetch: typeof globalThis.fetch;
}

export type AiSdkWire = Extract<Wire, 'gemini' | 'vertex' | 'converse'>;

/** The packages want a key, or they look for one in the environment. What is sent is not theirs to say: see `fetch`. */
const NO_KEY = 'none';

/** Calls that came without an id stay without one: whoever reads them makes ids that are unique in the conversation. */
const generateId = (): string => '';

export async function loadModel(
  wire: AiSdkWire,
  { baseUrl: baseURL, model, fetch }: ModelSettings,
): Promise<LanguageModel> {
  const settings = { baseURL, apiKey: NO_KEY, fetch };
  switch (wire) {
    case 'gemini': {
      const { createGoogle } = await import('@ai-sdk/google');
      return createGoogle({ ...settings, generateId }).languageModel(model);
    }
    case 'vertex': {
      // The other entry of the package comes with Google's own way to find credentials.
      const { createGoogleVertex } = await import('@ai-sdk/google-vertex/edge');
      return createGoogleVertex({ ...settings, generateId }).languageModel(model);
    }
    case 'converse': {
      const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
      return createAmazonBedrock(settings).languageModel(model);
    }
  }
}
