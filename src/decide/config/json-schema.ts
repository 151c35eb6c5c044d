import * as z from 'zod';
import { configSchema } from '../../core/config-schema.ts';

/** The JSON Schema of `holdfast.toml`, for editors. Generated from the schema that the gateway itself checks with. */
export function createJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return { ...schema, title: 'holdfast.toml', description: 'Configuration of Holdfast.' };
}
