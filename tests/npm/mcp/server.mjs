// An MCP server by Streamable HTTP, made of the official SDK and its event store in memory: a tool whose call closes
// its own stream several times. What it was asked for is its log.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function start({ json = false } = {}) {
  const log = [];
  const mcp = new McpServer({ name: 'test', version: '1.0.0' }, { capabilities: { logging: {} } });
  mcp.registerTool('slow', { description: 'Counts to three.' }, async (extra) => {
    for (let step = 1; step <= 3; step++) {
      await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: `step ${step}` } });
      await pause(20);
      if (!json) extra.closeSSEStream?.();
      await pause(60);
    }
    return { content: [{ type: 'text', text: 'counted' }] };
  });
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: json ? undefined : new InMemoryEventStore(),
    retryInterval: 30,
    enableJsonResponse: json,
  });
  await mcp.connect(transport);
  const http = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    log.push({ method: request.method, headers: request.headers, body });
    await transport.handleRequest(request, response, body ? JSON.parse(body) : undefined);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const close = async () => {
    http.close();
    http.closeAllConnections();
    await mcp.close();
  };
  return { url: `http://127.0.0.1:${http.address().port}/mcp`, log, close };
}
