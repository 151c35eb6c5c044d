import { asObject, type JsonObject } from '../read-json.ts';
import { type Result, refuse } from '../responses/request.ts';
import { schemaPrompt } from '../responses/schema-prompt.ts';
import { fitOutputSchema } from './fit-schema.ts';
import type { MessagesDialect, ModelRules } from './messages-dialect.ts';

/** The form of the answer that the client wants: said to the model in one way or the other. */
export interface EncodedFormat {
  /** For `output_config.format`. */
  readonly schema?: JsonObject;
  readonly prompt: string;
  readonly schemaToCheck?: JsonObject;
}

export function encodeFormat(
  format: JsonObject | undefined,
  dialect: MessagesDialect,
  rules: ModelRules,
): Result<EncodedFormat> {
  switch (format?.['type']) {
    case undefined:
      return { ok: true, value: { prompt: '' } };
    case 'json_object': {
      const schema = { type: 'object' };
      return { ok: true, value: { prompt: schemaPrompt(schema), schemaToCheck: schema } };
    }
    case 'json_schema': {
      const schema = asObject(format?.['schema']) ?? {};
      const isKnown = dialect.accepts.structuredOutput && rules.structuredOutput;
      const fitted = isKnown ? fitOutputSchema(schema) : undefined;
      return {
        ok: true,
        value:
          fitted === undefined
            ? { prompt: schemaPrompt(schema), schemaToCheck: schema }
            : { prompt: '', schema: fitted },
      };
    }
    default:
      return refuse('TARGET_UNSUPPORTED', 'text.format', 'this target has no such output format');
  }
}
