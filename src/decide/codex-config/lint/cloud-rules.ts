import { stringAt } from '../toml/toml-data.ts';
import { activeProviderId, effectiveValue, type LintContext, providersOf } from './lint-context.ts';
import { type LintRule, type RuleHit, repairBy } from './lint-rule.ts';
import { firstSet } from './network.ts';

const BEDROCK = /^amazon-bedrock(-runtime)?$/;
const REGION_VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION'];
const VERTEX_KEYS = ['project_id', 'location', 'credential_file'];

/** The built-in providers of Amazon and Google. */
export const CLOUD_RULES: readonly LintRule[] = [
  {
    id: 'bedrock-region-missing',
    severity: 'error',
    summary: 'Amazon Bedrock needs a region',
    check: (context) => {
      const id = activeProviderId(context);
      if (!BEDROCK.test(id) || firstSet(context.env, REGION_VARIABLES) !== undefined) return [];
      if (stringAt(context.effective.data, ['model_providers', id, 'aws', 'region']) !== undefined) return [];
      const chosen = effectiveValue(context, ['model_provider']);
      return [
        {
          ...(chosen === undefined ? {} : { file: chosen.file, path: ['model_provider'] }),
          message: `Provider "${id}" has no region: every turn fails, unless your AWS profile names one.`,
          fix: `Set model_providers.${id}.aws.region, or AWS_REGION.`,
        },
      ];
    },
  },
  {
    id: 'bedrock-model-name',
    severity: 'warning',
    summary: 'models are named differently on Amazon Bedrock',
    check: (context) => {
      const model = effectiveValue(context, ['model']);
      if (!BEDROCK.test(activeProviderId(context)) || typeof model?.value !== 'string') return [];
      // OpenAI's own names. Others, and ids of inference profiles, are known to Bedrock alone.
      if (!/^(gpt|o\d)-?/.test(model.value)) return [];
      const value = `openai.${model.value}`;
      return [
        {
          file: model.file,
          path: ['model'],
          message: `Codex does not know a model "${model.value}" on Amazon Bedrock, and Bedrock does not either.`,
          fix: `Write "${value}".`,
          repair: repairBy({ kind: 'set', path: ['model'], value }),
        },
      ];
    },
  },
  {
    id: 'vertex-key-elsewhere',
    severity: 'warning',
    summary: 'project_id, location and credential_file count for the built-in provider "gcp" only',
    check: (context) => [...vertexKeysElsewhere(context)],
  },
];

function vertexKeysElsewhere(context: LintContext): readonly RuleHit[] {
  return providersOf(context)
    .filter(({ id }) => id !== 'gcp' && !BEDROCK.test(id))
    .flatMap(({ file, path, table }) =>
      VERTEX_KEYS.filter((key) => table.has(key)).map((key) => ({
        file,
        path: [...path, key],
        message: `\`${key}\` belongs to the built-in provider "gcp", and has no effect here.`,
        fix: 'Remove it, or use model_provider = "gcp".',
        repair: repairBy({ kind: 'remove', path: [...path, key] }),
      })),
    );
}
