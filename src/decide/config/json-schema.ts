import * as z from 'zod';
import { configSchema } from '../../core/config-schema.ts';
import { presetIds } from '../catalog/find-preset.ts';

/** The JSON Schema of `holdfast.toml`, for editors. Generated from the schema that the gateway itself checks with. */
export function createJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema, path }) => {
      // The catalogue is not known to the schema itself: editors complete the presets all the same.
      if (path.at(-1) === 'preset') jsonSchema.enum = [...presetIds()];
    },
  });
  return { ...schema, title: 'holdfast.toml', description: 'Configuration of Holdfast.' };
}
