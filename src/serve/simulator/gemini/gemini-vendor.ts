import type { WireRequest } from '../wire.ts';
import { GEMINI_ERRORS, type GeminiError } from './gemini-error.ts';

/** Who serves generateContent, as data: where it stands, which keys it takes, and what it does not know of the other's. */
export interface GeminiVendor {
  readonly id: string;
  readonly aliases: readonly string[];
  /** What follows the host, before `/models`. */
  readonly basePath: string;
  /** Names `model` and `method`, and whatever `checkCall` looks at. */
  readonly call: RegExp;
  /** What is wrong with the place that was called. */
  readonly checkCall: (call: GeminiCall) => GeminiError | undefined;
  readonly checkKey: (request: WireRequest, key: string) => GeminiError | undefined;
  readonly noModel: (call: GeminiCall) => GeminiError;
  /** Fields of the body besides those that both know. */
  readonly bodyFields: readonly string[];
  /** Calls and their responses have an id. */
  readonly hasCallIds: boolean;
  /** Fields of a function besides those that both know. */
  readonly functionFields: readonly string[];
}

/** The parts of a call's path. */
export type GeminiCall = Readonly<Partial<Record<string, string>>>;

const METHOD = '/models/(?<model>[^/:]+):(?<method>generateContent|streamGenerateContent)$';

const bearerOf = ({ headers }: WireRequest): string | undefined =>
  /^bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
const apiKeyOf = ({ headers, query }: WireRequest): string | undefined =>
  headers['x-goog-api-key'] ?? new URLSearchParams(query).get('key') ?? undefined;

/** Google AI Studio. */
const GOOGLE: GeminiVendor = {
  id: 'google',
  aliases: ['gemini'],
  basePath: '/v1beta',
  call: new RegExp(`^/v1beta${METHOD}`),
  checkCall: () => undefined,
  checkKey: (request, key) => {
    const given = apiKeyOf(request) ?? bearerOf(request);
    if (given === undefined) return GEMINI_ERRORS.noKey();
    return given === key ? undefined : GEMINI_ERRORS.wrongKey();
  },
  noModel: ({ model = '' }) => GEMINI_ERRORS.noModel(model),
  bodyFields: [],
  hasCallIds: true,
  functionFields: ['behavior'],
};

/** The project that the simulated account has; of others it may see nothing. */
const PROJECT = 'simulated-project';
const LOCATION = /^(global|us|eu|[a-z]+-[a-z]+\d{1,2})$/;
/** Access tokens begin so; no API key does. */
const TOKEN = /^ya29\./;

const resourceOf = ({ project = '', location = '', model = '' }: GeminiCall): string =>
  `projects/${project}/locations/${location}/publishers/google/models/${model}`;

/** Vertex AI: models belong to a project and a location. An API key can stand for the project, in express mode. */
const VERTEX: GeminiVendor = {
  id: 'vertex',
  aliases: ['vertex-ai'],
  basePath: `/v1/projects/${PROJECT}/locations/europe-west4/publishers/google`,
  call: new RegExp(`^/v1(?:/projects/(?<project>[^/]+)/locations/(?<location>[^/]+))?/publishers/google${METHOD}`),
  checkCall: (call) => {
    const { project, location } = call;
    if (project === undefined || location === undefined) return undefined;
    if (!LOCATION.test(location)) return GEMINI_ERRORS.noPublisherModel(resourceOf(call));
    return project === PROJECT ? undefined : GEMINI_ERRORS.noPermission(resourceOf(call));
  },
  checkKey: (request, key) => {
    const token = bearerOf(request);
    if (token !== undefined) return token === key && TOKEN.test(token) ? undefined : GEMINI_ERRORS.wrongToken();
    const apiKey = apiKeyOf(request);
    if (apiKey === undefined) return GEMINI_ERRORS.noToken();
    if (TOKEN.test(apiKey)) return GEMINI_ERRORS.tokenAsKey();
    return apiKey === key ? undefined : GEMINI_ERRORS.wrongKey();
  },
  noModel: (call) => GEMINI_ERRORS.noPublisherModel(resourceOf(call)),
  bodyFields: ['labels'],
  // https://github.com/vercel/ai/issues/15664: "Unknown name "id"", where the same model takes them at AI Studio.
  hasCallIds: false,
  functionFields: [],
};

export const GEMINI_VENDORS: readonly GeminiVendor[] = [GOOGLE, VERTEX];

export const findGeminiVendor = (name: string): GeminiVendor | undefined =>
  GEMINI_VENDORS.find(({ id, aliases }) => id === name || aliases.includes(name));
