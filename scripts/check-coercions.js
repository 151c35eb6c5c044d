// Part of npm run check: nothing of unknown type is made into text or a number. `String(value)`, `${value}` and the like
// throw for `{"toString":""}`, which anybody can send. The compiler allows it, and Biome's noBaseToString knows no
// `unknown`.
import { fileURLToPath } from 'node:url';
import {
  isAsExpression,
  isCallExpression,
  isPropertyAccessExpression,
  isTemplateExpression,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

/** Calls that ask their first argument for a text or a number. */
const COERCIONS = new Set(['String', 'Number', 'BigInt', 'parseInt', 'parseFloat', 'encodeURIComponent']);
/** What may be anything at all, alone, in a union or in a list. */
const OPEN = /^(?:readonly )?(?:unknown|any|object|\{\})(?:\[\])*$/;
/** It takes the values apart before. */
const EXEMPT = 'src/core/text-of-json.ts';

const isCoercion = (node) => COERCIONS.has(node.getText());

/** What the node makes text or numbers of, or says it were. */
function coercedIn(node) {
  if (isTemplateExpression(node)) return node.templateSpans.map((span) => span.expression);
  if (isAsExpression(node)) return /^(?:string|number)$/.test(node.type.getText()) ? [node.expression] : [];
  if (!isCallExpression(node)) return [];
  const { expression: called, arguments: given } = node;
  if (isCoercion(called)) return given.slice(0, 1);
  const isOfEach = isPropertyAccessExpression(called) && (called.name.text === 'join' || given.some(isCoercion));
  return isOfEach ? [called.expression] : [];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const api = new API({ cwd: root });
const [project] = api.updateSnapshot({ openProjects: [`${root}tsconfig.json`] }).getProjects();
const { program, checker, rootFiles } = project;
const files = rootFiles.filter((file) => file.startsWith(`${root}src/`) && !/\.test\.ts$|\/__fixtures__\//.test(file));
let looked = 0;
const found = files.flatMap((file) => {
  const source = program.getSourceFile(file);
  const name = file.slice(root.length);
  const nodes = [];
  const visit = (node) => {
    nodes.push(...coercedIn(node));
    node.forEachChild(visit);
  };
  if (name !== EXEMPT) visit(source);
  looked += nodes.length;
  const types = nodes.length === 0 ? [] : checker.getTypeAtLocation(nodes);
  return nodes.flatMap((node, at) => {
    const parts = types[at] === undefined ? ['unknown'] : checker.typeToString(types[at]).split(' | ');
    const line = source.text.slice(0, node.getStart()).split('\n').length;
    return parts.some((part) => OPEN.test(part)) ? [`${name}:${line} ${node.getText()}`] : [];
  });
});
api.close();
for (const place of found) console.error(`${place} may be anything: see textOfJson in ${EXEMPT}`);
if (looked < 100) console.error(`only ${looked} places were found to look at`);
process.exitCode = found.length > 0 || looked < 100 ? 1 : 0;
