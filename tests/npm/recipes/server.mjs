// A server as the recipes assume it. Its log holds the requests that it received.

import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';

import { sendFile } from '../support/server.mjs';

const event = (data, { type, id } = {}) =>
  `${type ? `event: ${type}\n` : ''}${id ? `id: ${id}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

export class RecipeServer {
  log = [];
  #http;
  #mounts;

  /** Starts the server. `/mux` leads to `hub`, and paths that no recipe uses are files of `mounts`. */
  static async start({ hub, mounts = {} } = {}) {
    const server = new RecipeServer();
    server.#mounts = Object.entries(mounts);
    server.#http = createServer((request, response) => server.#answer(request, response, hub));
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    server.origin = `http://127.0.0.1:${server.#http.address().port}`;
    return server;
  }

  async close() {
    this.#http.close();
    this.#http.closeAllConnections();
    await once(this.#http, 'close');
  }

  /** Returns the requests for a path. */
  of(path) {
    return this.log.filter(({ url }) => url.split('?')[0] === path);
  }

  /** Returns the number of requests for a path. */
  count(path) {
    return this.of(path).length;
  }

  async #answer(request, response, hub) {
    const body = Buffer.concat(await request.toArray()).toString();
    const { method, url, headers } = request;
    const { pathname, searchParams } = new URL(url, this.origin);
    this.log.push({ method, url, headers, body });
    const stream = () => response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const refuse = (status, more) => response.writeHead(status, { 'content-type': 'text/plain', ...more }).end('no');
    const forward = (path) => {
      const to = new URL(hub.replace(/\/stream$/, path) + new URL(url, this.origin).search);
      const further = ask(to, { method, headers: { ...headers, host: to.host } }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      response.on('close', () => further.destroy());
      further.end(body);
    };
    switch (pathname) {
      case '/mux':
        return forward('/stream');
      case '/stream/control':
        return forward('/stream/control');
      case '/prices': {
        const symbol = searchParams.get('symbol');
        const data = symbol ? { symbol, price: 42 } : 'first';
        // The second attempt carries a last event ID and completes the stream that the first began.
        const resumed = headers['last-event-id'] === '1';
        if (!symbol && resumed) return stream().write(event('end', { id: '2' }));
        stream().write(event(data, { id: '1' }));
        if (!symbol) response.end('retry: 10\n\n');
        return undefined;
      }
      case '/quotes': {
        if (headers.authorization !== 'Bearer fresh') return refuse(401);
        const price = (number) => event({ symbol: 'ACME', price: 41 + number }, { type: 'price', id: `${number}` });
        if (headers['last-event-id'] === '1') return stream().write(price(2));
        return stream().end(`retry: 1\n\n${price(1)}`);
      }
      case '/news': {
        stream();
        const timer = setInterval(() => response.write(event('news')), 20);
        response.on('close', () => clearInterval(timer));
        return undefined;
      }
      case '/events':
        stream().write(event({ price: '12' }, { type: 'priceUpdate' }).repeat(searchParams.has('bad') ? 1 : 0));
        response.write(event({ price: 12 }, { type: 'priceUpdate' }));
        response.write(event('"done"', { type: 'status' }));
        return undefined;
      case '/logs':
        return headers.authorization === 'Bearer fresh' ? stream().write(event('line')) : refuse(401);
      case '/private': {
        if (headers.authorization !== 'Bearer abc') return refuse(401);
        return stream().write(event(method === 'POST' ? body : 'secret', { id: '5' }));
      }
      case '/mcp': {
        const id = headers['last-event-id'];
        if (method === 'POST') return stream().end('id: a\nretry: 1\ndata:\n\n');
        if (id === 'a') return stream().end(event({ jsonrpc: '2.0', method: 'progress' }, { id: 'b' }));
        return stream().write(event({ jsonrpc: '2.0', id: 1, result: {} }, { id: 'c' }));
      }
      case '/v1/responses': {
        response.setHeader('location', '/v1/responses/7');
        stream().write(event('one', { type: 'delta', id: '1' }));
        return setTimeout(() => response.destroy(), 20);
      }
      case '/v1/responses/7':
        if (searchParams.get('starting_after') === '2') return stream().write(event('{}', { type: 'response.completed', id: '3' }));
        stream().write(event('two', { type: 'delta', id: '2' }));
        return setTimeout(() => response.destroy(), 20);
      case '/job':
        return stream().end(event('step'));
      case '/ticks':
        if (headers['last-event-id']) return stream().write(event('5', { id: '5' }));
        return stream().end(`retry: 1\n\n${event('1', { id: '1' })}${event('2', { id: '2' })}`);
      case '/busy':
        return this.count('/busy') < 3 ? refuse(503, { 'retry-after': '0' }) : stream().write(event('at last'));
      case '/soon':
        return this.count('/soon') < 3 ? refuse(404) : stream().write(event('now'));
      case '/gone':
        return refuse(410);
      case '/v1/chat/completions': {
        const { stream: streams, messages } = JSON.parse(body);
        if (method !== 'POST' || !streams || !messages.length) return refuse(400);
        stream();
        for (const content of [undefined, 'Hel', 'lo']) response.write(event({ choices: [{ delta: { content } }] }));
        // The service ends its response after the marker, which must not cause another request.
        return response.end(event('[DONE]'));
      }
      default:
        return sendFile(this.#mounts, new URL(url, this.origin), response);
    }
  }
}
