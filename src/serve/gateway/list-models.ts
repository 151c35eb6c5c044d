import type { Settings } from '../../core/settings.ts';
import { codexCatalogue } from '../../decide/catalog/codex-catalogue.ts';

/**
 * `GET /v1/models`. Codex (which names its version) gets a catalogue and merges it over the one it brings along, so that
 * models without an entry stay as Codex knows them (observed with 0.169.0; OpenAI's list makes it log an error).
 * Everybody else gets OpenAI's list of the models that the routes name; patterns with `*` name none.
 */
export function listModels(settings: Settings, clientVersion: string | null, bundledCatalogue: unknown): string {
  if (clientVersion !== null) return JSON.stringify(codexCatalogue(settings.routes, bundledCatalogue));
  const names = settings.routes.flatMap((route) => route.models.filter((model) => !model.endsWith('*')));
  const data = [...new Set(names)].map((id) => ({ id, object: 'model', created: 0, owned_by: 'holdfast' }));
  return JSON.stringify({ object: 'list', data });
}
