/** A minimal MCP server on stdin and stdout with one tool, `lookup`. Run by the Codex CLI in tests. */

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: object };
}

const LOOKUP = {
  name: 'lookup',
  description: 'Looks something up',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};

function answer({ method, params }: Message): object {
  if (method === 'initialize') {
    const serverInfo = { name: 'demo', version: '1' };
    return { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo };
  }
  if (method === 'tools/list') return { tools: [LOOKUP] };
  if (method === 'tools/call')
    return { content: [{ type: 'text', text: `found ${JSON.stringify(params?.arguments)}` }] };
  return {};
}

for await (const line of console) {
  const message = JSON.parse(line) as Message;
  if (message.id !== undefined)
    console.log(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: answer(message) }));
}

export {};
