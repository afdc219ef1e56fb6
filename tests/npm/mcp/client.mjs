// A client for the scenarios of `@modelcontextprotocol/conformance`, which gives the server's URL last: it makes the
// calls of a session by the package, and each tool once.

import { EventSource } from 'everstream';

const url = process.argv.at(-1);
const PROTOCOL = '2025-11-25';
let session;
let last = 0;

const headers = () => ({
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
  ...(session && { 'mcp-session-id': session }),
  ...(last && { 'mcp-protocol-version': PROTOCOL }),
});

async function call(method, params) {
  const id = (last += 1);
  const source = new EventSource(url, {
    method: 'POST',
    headers: headers(),
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
    json: true,
    resume: 'get',
    until: ({ data }) => !!data && JSON.parse(data).id === id && 'last',
  });
  source.onopen = ({ headers }) => (session ??= headers.get('mcp-session-id') ?? undefined);
  for await (const { data } of source) if (data?.id === id) return data.result;
  throw new Error(`no answer to ${method}`);
}

await call('initialize', { protocolVersion: PROTOCOL, capabilities: {}, clientInfo: { name: 'everstream', version: '0' } });
await fetch(url, { method: 'POST', headers: headers(), body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }) });
const { tools } = await call('tools/list', {});
for (const { name } of tools) await call('tools/call', { name, arguments: {} });
