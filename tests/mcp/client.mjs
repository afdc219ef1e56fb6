// An MCP client on `EventSource` alone: what the README's recipe says, with the handshake around it.

import { EventSource } from 'everstream';

/** The first version in which a server may close a stream at will. */
const VERSION = '2025-11-25';

/** A session with a server that speaks MCP's Streamable HTTP. */
export class Client {
  #url;
  #headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': VERSION,
  };
  #id = 0;
  /** What the server has told beside its responses. */
  notified = [];

  constructor(url) {
    this.#url = url;
  }

  /** Shakes hands. */
  async open() {
    const params = { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    await this.request('initialize', params, (source) => {
      const session = source.response?.headers.get('mcp-session-id');
      if (session) this.#headers['mcp-session-id'] = session;
    });
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await fetch(this.#url, { method: 'POST', headers: this.#headers, body });
  }

  /** Asks for something: by `POST`, once; what closes before the response is gone on with by `GET`. */
  async request(method, params = {}, answered = () => {}) {
    const id = ++this.#id;
    const source = new EventSource(this.#url, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
      json: true,
      resume: 'get',
    });
    for await (const { data } of source) {
      // A priming event has no data.
      if (data?.method) this.notified.push(data.params);
      if (data?.id !== id) continue;
      answered(source);
      if (data.error) throw new Error(data.error.message);
      return data.result;
    }
    throw new Error(`no response to ${method}`);
  }
}
