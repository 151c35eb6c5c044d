import type { Settings } from '../../core/settings.ts';

/**
 * `GET /v1/models`. Codex (which names its version) wants a catalogue and merges it over the one it brings along: an
 * empty one leaves every model as Codex knows it (observed with 0.169.0; OpenAI's list makes it log an error).
 * Everybody else gets OpenAI's list of the models that the routes name; patterns with `*` name none.
 */
export function listModels(settings: Settings, clientVersion: string | null): string {
  if (clientVersion !== null) return JSON.stringify({ models: [] });
  const names = settings.routes.flatMap((route) => route.models.filter((model) => !model.endsWith('*')));
  const data = [...new Set(names)].map((id) => ({ id, object: 'model', created: 0, owned_by: 'holdfast' }));
  return JSON.stringify({ object: 'list', data });
}
