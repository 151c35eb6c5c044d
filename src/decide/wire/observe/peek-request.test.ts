import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type PeekedRequest, peekRequest, spliceRequest } from './peek-request.ts';

const CODEX_SHAPE =
  '{"model":"gpt-5.5","stream":true,"input":[{"type":"message","content":[{"text":"say \\"client_metadata\\": and \\\\"}]}],' +
  '"tools":[{"parameters":{"properties":{"model":{"type":"string"}},"required":["model"]}}],"store":false,' +
  '"prompt_cache_key":"k","client_metadata":{"x-codex-turn-metadata":"{\\"model\\":\\"gpt-5.5\\"}","a":"}"}}';

function peek(text: string, isCodex = true): PeekedRequest {
  const result = peekRequest(Buffer.from(text), isCodex);
  if (result.kind !== 'peeked') throw new Error(result.problem);
  return result.request;
}

const splice = (text: string, model: string): unknown =>
  JSON.parse(Buffer.concat(spliceRequest(Buffer.from(text), peek(text), model, true)).toString());

function expected(text: string, model: string): unknown {
  const { client_metadata: _dropped, ...rest } = JSON.parse(text);
  return { ...rest, model };
}

describe('peekRequest', () => {
  test('a field behind the input is seen when the client is not Codex', () => {
    expect(peek('{"model":"m","input":"x","stream":true}', false).stream).toBe(true);
  });

  test.each([
    ['0.142.3 and before', '{"model":"m","instructions":"x","input":[],"tools":[],"stream":true,"client_metadata":{}}'],
    ['0.161.0', '{"model":"m","stream":true,"instructions":"x","input":[],"tools":[],"client_metadata":{}}'],
    ['0.169.0', '{"model":"m","stream":true,"input":[],"tools":[],"client_metadata":{}}'],
  ])('the order of fields of Codex %s', (_version, text) => {
    expect(peek(text)).toMatchObject({ model: 'm', stream: true });
    expect(splice(text, 'n')).toEqual(expected(text, 'n'));
  });

  test('reads a request of Codex from both ends', () => {
    const request = peek(CODEX_SHAPE);
    expect(request).toMatchObject({ model: 'gpt-5.5', stream: true, serverState: [], limitsOutput: false });
    expect(request.clientMetadataRange).toBeDefined();
  });

  test.each([
    ["only in Codex's last field", CODEX_SHAPE.replace('say \\"client_metadata\\"', 'say'), false],
    ['nowhere', '{"model":"m","stream":true,"input":[]}', false],
    ['in an item', '{"model":"m","stream":true,"input":[{"x_metadata":1}],"client_metadata":{}}', true],
    ['in an item, and no field of Codex', '{"model":"m","stream":true,"input":[{"x_metadata":1}]}', true],
    ['in a text', CODEX_SHAPE, true],
    ['in a field before the last', '{"model":"m","stream":true,"input":[],"client_metadata":{},"store":false}', true],
    [
      'far from the end',
      `{"model":"m","stream":true,"input":[],"client_metadata":{},"user":"${'x'.repeat(20_000)}"}`,
      true,
    ],
  ])('what may be private is searched for when its mark stands %s', (_name, text, isExpected) => {
    expect(peek(text).mayMentionMetadata).toBe(isExpected);
    if (text.includes('"client_metadata"')) expect(peek(text).clientMetadataRange).toBeDefined();
  });

  test.each([
    ['Codex order', CODEX_SHAPE],
    ['metadata first', '{"client_metadata":{"a":"b"},"model":"m","input":"x"}'],
    ['metadata alone with the model', '{"model":"m","client_metadata":{}}'],
    ['metadata in the middle', '{ "input" : "x", "client_metadata" : { "a" : [1,{"b":"}"}] } , "model" : "m" }\n'],
    ['nested twins', '{"input":{"client_metadata":{"model":"no"}},"model":"m","stream":false}'],
    ['a model inside a string', '{"model":"m","input":"\\"model\\":\\"x\\",\\"client_metadata\\":{}"}'],
    ['escapes in the model', '{"model":"m\\u00e9\\"x","input":"y"}'],
    ['a nested last object named like the metadata', '{"model":"m","input":{"a":1,"client_metadata":{}}}'],
  ])('%s: the splice changes the model and drops the metadata, nothing else', (_name, text) => {
    expect(splice(text, 'other/model')).toEqual(expected(text, 'other/model'));
  });

  test.each([
    ['no model', '{"input":"x"}', 'missing'],
    ['two models', '{"model":"a","input":"x","model":"b"}', 'twice'],
    ['two models with spaces', '{"model":"a","input":"x", "model" : "b"}', 'twice'],
    ['a second model with an escaped name', '{"model":"a","input":"x","\\u006dodel":"b"}', 'twice'],
    ['a number as model', '{"model":5,"input":"x"}', 'not a text'],
    ['an empty model', '{"model":"","input":"x"}', 'not a text'],
    ['an array', '["model"]', 'not a JSON object'],
    ['nothing', '', 'not a JSON object'],
    ['half an object', '{"model":"a","input":[', 'not valid JSON'],
    ['bytes after the object', '{"model":"a"} {"model":"b"}', 'follows'],
  ])('refuses %s', (_name, text, problem) => {
    const result = peekRequest(Buffer.from(text), true);
    expect(result.kind === 'invalid' && result.problem).toContain(problem);
  });

  test('asks for state and limits are seen', () => {
    expect(
      peek('{"model":"m","previous_response_id":"resp_1","background":true,"max_output_tokens":5}', false),
    ).toMatchObject({
      serverState: ['previous_response_id', 'background'],
      limitsOutput: true,
    });
  });

  test('agrees with a JSON parser on every object', () => {
    const json = fc.dictionary(
      fc.constantFrom('model', 'stream', 'input', 'client_metadata', 'tools', 'a"b'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify({ ...value, model: 'm', input: value['input'] ?? '' }, null, indent);
        expect(splice(text, 'n')).toEqual(expected(text, 'n'));
      }),
      { numRuns: 500 },
    );
  });

  test('arbitrary bytes never throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void peekRequest(Buffer.from(bytes), true)));
  });
});
