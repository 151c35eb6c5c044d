import type { Provider, Wire } from '../../core/target.ts';

/** What Holdfast knows of a provider before anybody configured it. Facts with their sources; nothing is guessed. */
export interface Preset {
  readonly title: string;
  /** Wires that the address serves, the one to use first. */
  readonly wires: readonly [Wire, ...Wire[]];
  /**
   * What stands before `/responses`, `/chat/completions`, `/messages` or `/models/NAME`, and at Bedrock `/model/NAME`. `{region}` is filled from the
   * configuration; any other placeholder means that `base_url` must be given, and this is its pattern.
   */
  readonly baseUrl: string;
  /** Hosts at which the facts below hold; `*` stands for one label. A server of one's own has none. */
  readonly hosts: readonly string[];
  /** Quirks on the wire. Absent: none known. */
  readonly dialect?: string;
  /** The environment variable its own documentation uses. Absent: it asks for no key by default. */
  readonly envKey?: string;
  readonly auth: Provider['auth'];
  /** How a key travels that a command prints, where that is another kind of key. Default: as `auth`. */
  readonly commandAuth?: Provider['auth'];
  /** Law of the contract. Absent: unknown, or the operator's own. */
  readonly jurisdiction?: string;
  /** The owner's country where it is another one. */
  readonly parentJurisdiction?: string;
  /** Set when every model there comes from one lab. */
  readonly lab?: string;
  readonly firstParty?: true;
  readonly sources: readonly string[];
}

const REGISTRY = 'https://github.com/anomalyco/models.dev';

/** Read in November 2026. */
export const PRESETS = {
  openai: {
    title: 'OpenAI',
    wires: ['responses', 'chat'],
    baseUrl: 'https://api.openai.com/v1',
    hosts: ['api.openai.com', '*.api.openai.com'],
    envKey: 'OPENAI_API_KEY',
    auth: 'bearer',
    jurisdiction: 'US',
    lab: 'openai',
    firstParty: true,
    sources: ['https://developers.openai.com/api/docs/guides/data-residency'],
  },
  'azure-openai': {
    title: 'Azure OpenAI (Microsoft Foundry)',
    wires: ['responses', 'chat'],
    baseUrl: 'https://{resource}.openai.azure.com/openai/v1',
    hosts: ['*.openai.azure.com', '*.services.ai.azure.com', '*.cognitiveservices.azure.com'],
    dialect: 'azure',
    envKey: 'AZURE_OPENAI_API_KEY',
    auth: 'api-key',
    // A command prints an Entra token, which only the Authorization header carries.
    commandAuth: 'bearer',
    jurisdiction: 'US',
    sources: ['https://learn.microsoft.com/en-us/azure/foundry/openai/how-to/responses'],
  },
  'amazon-bedrock': {
    title: 'Amazon Bedrock',
    wires: ['responses', 'chat'],
    baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com/openai/v1',
    hosts: ['bedrock-runtime.*.amazonaws.com', 'bedrock-mantle.*.api.aws'],
    dialect: 'bedrock',
    envKey: 'AWS_BEARER_TOKEN_BEDROCK',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: [
      'https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html',
      'https://developers.openai.com/api/docs/guides/amazon-bedrock',
    ],
  },
  'amazon-bedrock-mantle': {
    title: 'Amazon Bedrock (mantle: OpenAI models with their own tools)',
    wires: ['responses', 'chat'],
    baseUrl: 'https://bedrock-mantle.{region}.api.aws/openai/v1',
    hosts: ['bedrock-mantle.*.api.aws'],
    dialect: 'bedrock-mantle',
    envKey: 'AWS_BEARER_TOKEN_BEDROCK',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: [
      'https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html',
      'https://developers.openai.com/api/docs/guides/amazon-bedrock',
    ],
  },
  'amazon-bedrock-converse': {
    title: 'Amazon Bedrock (Converse: the models of every lab there)',
    wires: ['converse'],
    baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com',
    hosts: ['bedrock-runtime.*.amazonaws.com'],
    envKey: 'AWS_BEARER_TOKEN_BEDROCK',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: [
      'https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html',
    ],
  },
  openrouter: {
    title: 'OpenRouter',
    wires: ['responses', 'chat', 'messages'],
    baseUrl: 'https://openrouter.ai/api/v1',
    hosts: ['openrouter.ai', '*.openrouter.ai'],
    dialect: 'openrouter',
    envKey: 'OPENROUTER_API_KEY',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: [
      'https://openrouter.ai/docs/guides/features/sovereign-ai',
      'https://github.com/openai/codex/issues/32318',
    ],
  },
  anthropic: {
    title: 'Anthropic',
    wires: ['messages'],
    baseUrl: 'https://api.anthropic.com/v1',
    hosts: ['api.anthropic.com'],
    dialect: 'anthropic',
    envKey: 'ANTHROPIC_API_KEY',
    auth: 'x-api-key',
    jurisdiction: 'US',
    lab: 'anthropic',
    sources: ['https://platform.claude.com/docs/en/manage-claude/data-residency'],
  },
  mistral: {
    title: 'Mistral',
    // Its documentation lists Chat Completions only; probes of /responses contradict each other.
    wires: ['chat'],
    baseUrl: 'https://api.mistral.ai/v1',
    hosts: ['api.mistral.ai'],
    dialect: 'mistral',
    envKey: 'MISTRAL_API_KEY',
    auth: 'bearer',
    jurisdiction: 'FR',
    lab: 'mistral',
    sources: [
      'https://docs.mistral.ai/admin/monitor-comply/zero-data-retention',
      'https://www.developersdigest.tech/reference/api-compatibility/mistral',
    ],
  },
  deepseek: {
    title: 'DeepSeek',
    wires: ['responses', 'chat'],
    baseUrl: 'https://api.deepseek.com',
    hosts: ['api.deepseek.com'],
    dialect: 'deepseek',
    envKey: 'DEEPSEEK_API_KEY',
    auth: 'bearer',
    jurisdiction: 'CN',
    lab: 'deepseek',
    sources: ['https://api-docs.deepseek.com/guides/responses_api'],
  },
  xai: {
    title: 'xAI',
    wires: ['responses', 'chat'],
    baseUrl: 'https://api.x.ai/v1',
    hosts: ['api.x.ai', '*.api.x.ai'],
    dialect: 'xai',
    envKey: 'XAI_API_KEY',
    auth: 'bearer',
    jurisdiction: 'US',
    lab: 'xai',
    sources: ['https://docs.x.ai/developers/advanced-api-usage/regions', 'https://github.com/farion1231/cc-switch'],
  },
  groq: {
    title: 'GroqCloud',
    wires: ['responses', 'chat'],
    baseUrl: 'https://api.groq.com/openai/v1',
    hosts: ['api.groq.com'],
    dialect: 'groq',
    envKey: 'GROQ_API_KEY',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: ['https://console.groq.com/docs/your-data', REGISTRY],
  },
  together: {
    title: 'Together AI',
    // Its Responses endpoint serves listed models only and warns of malformed output for the others.
    wires: ['chat', 'responses'],
    baseUrl: 'https://api.together.ai/v1',
    hosts: ['api.together.ai', 'api-inference.together.ai'],
    dialect: 'together',
    envKey: 'TOGETHER_API_KEY',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: ['https://docs.together.ai/docs/inference/responses-api'],
  },
  fireworks: {
    title: 'Fireworks AI',
    wires: ['responses', 'chat', 'messages'],
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    hosts: ['api.fireworks.ai', '*.api.fireworks.ai'],
    dialect: 'fireworks',
    envKey: 'FIREWORKS_API_KEY',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: ['https://docs.fireworks.ai/guides/response-api'],
  },
  gemini: {
    title: 'Google Gemini',
    wires: ['gemini'],
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    hosts: ['generativelanguage.googleapis.com'],
    envKey: 'GEMINI_API_KEY',
    auth: 'x-goog-api-key',
    jurisdiction: 'US',
    lab: 'google',
    sources: ['https://ai.google.dev/gemini-api/docs/changelog', 'https://ai.google.dev/gemini-api/terms'],
  },
  vertex: {
    title: 'Google Vertex AI (Gemini)',
    wires: ['vertex'],
    baseUrl: 'https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}/publishers/google',
    hosts: ['*.googleapis.com', 'aiplatform.*.rep.googleapis.com'],
    envKey: 'GOOGLE_API_KEY',
    auth: 'x-goog-api-key',
    // A command prints an access token, as `gcloud auth print-access-token` does.
    commandAuth: 'bearer',
    jurisdiction: 'US',
    lab: 'google',
    sources: [
      'https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations',
      'https://cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys',
    ],
  },
  moonshot: {
    title: 'Moonshot AI (Kimi)',
    wires: ['chat'],
    baseUrl: 'https://api.moonshot.ai/v1',
    // The mainland host (.cn) is another contract under another law: unknown unless it is stated.
    hosts: ['api.moonshot.ai'],
    dialect: 'moonshot',
    envKey: 'MOONSHOT_API_KEY',
    auth: 'bearer',
    jurisdiction: 'SG',
    parentJurisdiction: 'CN',
    lab: 'moonshot',
    sources: ['https://platform.kimi.ai/docs/agreement/userprivacy', REGISTRY],
  },
  zai: {
    title: 'Z.ai (GLM)',
    wires: ['chat'],
    baseUrl: 'https://api.z.ai/api/paas/v4',
    hosts: ['api.z.ai'],
    dialect: 'zai',
    envKey: 'ZHIPU_API_KEY',
    auth: 'bearer',
    jurisdiction: 'SG',
    parentJurisdiction: 'CN',
    lab: 'zhipu',
    sources: [
      'https://docs.z.ai/legal-agreement/privacy-policy',
      'https://docs.z.ai/guides/capabilities/thinking-mode',
    ],
  },
  dashscope: {
    title: 'Alibaba Cloud Model Studio (Qwen)',
    wires: ['responses', 'chat'],
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    hosts: ['dashscope-intl.aliyuncs.com'],
    dialect: 'dashscope',
    envKey: 'DASHSCOPE_API_KEY',
    auth: 'bearer',
    // Which company of the group contracts is not known, so the law of the contract is not either.
    parentJurisdiction: 'CN',
    sources: [
      'https://www.alibabacloud.com/help/en/model-studio/regions',
      'https://help.aliyun.com/en/model-studio/compatibility-with-openai-responses-api',
    ],
  },
  minimax: {
    title: 'MiniMax',
    wires: ['responses', 'chat'],
    baseUrl: 'https://api.minimax.io/v1',
    hosts: ['api.minimax.io'],
    dialect: 'minimax',
    envKey: 'MINIMAX_API_KEY',
    auth: 'bearer',
    jurisdiction: 'SG',
    parentJurisdiction: 'CN',
    lab: 'minimax',
    sources: ['https://platform.minimax.io/protocol/terms-of-service', REGISTRY],
  },
  huggingface: {
    title: 'Hugging Face Inference Providers',
    wires: ['responses', 'chat'],
    baseUrl: 'https://router.huggingface.co/v1',
    hosts: ['router.huggingface.co'],
    dialect: 'huggingface',
    envKey: 'HF_TOKEN',
    auth: 'bearer',
    sources: ['https://huggingface.co/docs/inference-providers/guides/responses-api'],
  },
  databricks: {
    title: 'Databricks model serving',
    wires: ['responses', 'chat'],
    baseUrl: 'https://{workspace}/serving-endpoints',
    hosts: ['*.cloud.databricks.com', '*.gcp.databricks.com', '*.*.azuredatabricks.net'],
    dialect: 'databricks',
    envKey: 'DATABRICKS_TOKEN',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: ['https://docs.databricks.com/gcp/en/generative-ai/foundation-models/openai-responses'],
  },
  cloudflare: {
    title: 'Cloudflare Workers AI',
    wires: ['responses', 'chat'],
    baseUrl: 'https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1',
    hosts: ['api.cloudflare.com'],
    dialect: 'cloudflare',
    envKey: 'CLOUDFLARE_API_TOKEN',
    auth: 'bearer',
    jurisdiction: 'US',
    sources: ['https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility'],
  },
  ollama: {
    title: 'Ollama',
    wires: ['responses', 'chat'],
    baseUrl: 'http://localhost:11434/v1',
    hosts: [],
    dialect: 'ollama',
    auth: 'bearer',
    sources: ['https://github.com/ollama/ollama/blob/main/openai/responses.go'],
  },
  lmstudio: {
    title: 'LM Studio',
    wires: ['responses', 'chat'],
    baseUrl: 'http://127.0.0.1:1234/v1',
    hosts: [],
    dialect: 'lmstudio',
    auth: 'bearer',
    sources: ['https://lmstudio.ai/docs/developer/openai-compat/responses'],
  },
  vllm: {
    title: 'vLLM',
    wires: ['responses', 'chat'],
    baseUrl: 'http://localhost:8000/v1',
    hosts: [],
    dialect: 'vllm',
    auth: 'bearer',
    sources: ['https://github.com/vllm-project/vllm/pull/56285', REGISTRY],
  },
  sglang: {
    title: 'SGLang',
    wires: ['responses', 'chat'],
    baseUrl: 'http://localhost:30000/v1',
    hosts: [],
    dialect: 'sglang',
    auth: 'bearer',
    sources: ['https://github.com/sgl-project/sglang/pull/38690'],
  },
  llamacpp: {
    title: 'llama.cpp server',
    wires: ['responses', 'chat'],
    baseUrl: 'http://localhost:8080/v1',
    hosts: [],
    dialect: 'llamacpp',
    auth: 'bearer',
    sources: ['https://github.com/ggml-org/llama.cpp/issues/23465', REGISTRY],
  },
} as const satisfies Record<string, Preset>;

export type PresetId = keyof typeof PRESETS;
