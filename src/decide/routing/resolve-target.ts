import type { RouteTarget, Target } from '../../core/target.ts';

/** Suffix words that name a place, a stage or a purchase, never another model. */
const PLACE_OR_STAGE = new Set(
  (
    'eu us uk gb de fr es it se no fi dk nl be at ch pl ie ca au nz jp kr in sg br mx za ae il apac emea amer ' +
    'europe germany france sweden norway switzerland poland spain italy ireland canada australia japan korea india ' +
    'east west north south central northcentral southcentral eastus westus northeurope westeurope swedencentral ' +
    'francecentral germanywestcentral uksouth switzerlandnorth norwayeast eastus2 westus2 westus3 ' +
    'global regional standard datazone data zone geo sovereign provisioned ptu paygo payg batch ' +
    'prod production dev development test stage staging qa primary secondary backup main shared team deployment'
  ).split(' '),
);
const DATE = /^20\d\d(?:(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?)?$/;
const COUNTER = /^\d{1,2}$/;

/**
 * Whether `name` is `model` with a suffix that only says where or for whom it is deployed: `gpt-5.5-eu`,
 * `gpt-5.5.prod`, `gpt-5.5-2026-03-01`. `gpt-5.5-mini` is another model, and so is `gpt-5.5` for `gpt-5`: a name that
 * is not understood counts as another one, because answering from an unannounced model is the worse mistake (P9).
 */
function isDeploymentOf(name: string, model: string): boolean {
  if (!hasSuffix(name, model)) return false;
  const words = name.slice(model.length + 1).split(/[-._]/);
  return words.every((word, index) => {
    if (PLACE_OR_STAGE.has(word) || DATE.test(word)) return true;
    // A bare number counts a region ("east-2") or continues a date ("2026-03-01"), but "-4" right after a model does not.
    return index > 0 && COUNTER.test(word);
  });
}

/** True when `name` continues `model` after a `-` or `.`, whatever follows. */
export function hasSuffix(name: string, model: string): boolean {
  return name.startsWith(model) && (name[model.length] === '-' || name[model.length] === '.');
}

const withoutVendor = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Whether a target that sends `target.model` answers with the model that was asked for (design P9). */
export function isSameModel(target: Pick<RouteTarget, 'model' | 'sameModel'>, requestedModel: string): boolean {
  if (target.model === undefined || target.model === requestedModel) return true;
  if (target.sameModel !== undefined) return target.sameModel;
  const name = withoutVendor(target.model).toLowerCase();
  const model = withoutVendor(requestedModel).toLowerCase();
  return name === model || isDeploymentOf(name, model);
}

/** The target that a route's entry stands for when a client asks for `requestedModel`. */
export function resolveTarget(routeTarget: RouteTarget, requestedModel: string): Target {
  const { model = requestedModel, sameModel, contextWindow, ...rest } = routeTarget;
  return {
    ...rest,
    id: `${rest.provider.id}/${model}`,
    model,
    isSubstitute: !isSameModel(routeTarget, requestedModel),
  };
}
