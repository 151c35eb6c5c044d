import type { Settings } from '../../core/settings.ts';

/** `GET /v1/models` in OpenAI's form: the models that the routes name (patterns with `*` name none). */
export function listModels(settings: Settings): string {
  const names = settings.routes.flatMap((route) => route.models.filter((model) => !model.endsWith('*')));
  const data = [...new Set(names)].map((id) => ({ id, object: 'model', created: 0, owned_by: 'holdfast' }));
  return JSON.stringify({ object: 'list', data });
}
