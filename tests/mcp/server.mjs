// A server of `@modelcontextprotocol/sdk` with its in-memory event store, whose tool closes its stream three
// times, and what it has seen.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

export const RETRY = 100;

/**
 * Listens on loopback: its address, the requests that came, and how to end it. With `json` it answers in JSON and
 * closes no stream.
 */
export async function serve({ json = false } = {}) {
  const seen = [];
  const sessions = new Map();
  const gets = () => seen.filter(({ method }) => method === 'GET').length;
  const app = createMcpExpressApp();
  app.all('/mcp', async (req, res) => {
    const of = { method: req.method, call: req.body?.method, from: req.get('last-event-id') };
    seen.push(of);
    const transport = sessions.get(req.get('mcp-session-id')) ?? (await begin(sessions, gets, json));
    await transport.handleRequest(req, res, req.body);
  });
  const listener = app.listen(0, '127.0.0.1');
  await new Promise((ready) => listener.once('listening', ready));
  const close = async () => {
    for (const transport of sessions.values()) await transport.close();
    listener.closeAllConnections();
    listener.close();
  };
  return { url: `http://127.0.0.1:${listener.address().port}/mcp`, seen, close };
}

/** `gets` says how often clients have come back. */
async function begin(sessions, gets, json) {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: new InMemoryEventStore(),
    retryInterval: RETRY,
    enableJsonResponse: json,
    onsessioninitialized: (id) => sessions.set(id, transport),
  });
  const server = new McpServer({ name: 'test', version: '1' }, { capabilities: { logging: {} } });
  server.tool('slow', 'Closes its stream three times.', {}, async (_, { sendNotification, closeSSEStream }) => {
    for (let part = 1; part <= 3 && !json; part++) {
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data: `part ${part}` } });
      await sleep(20);
      closeSSEStream();
      const before = gets();
      // What is said while the client is away is kept for it.
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data: `away ${part}` } });
      while (gets() === before) await sleep(10);
    }
    return { content: [{ type: 'text', text: 'done' }] };
  });
  await server.connect(transport);
  return transport;
}
