// A server as the recipes assume it, which includes the servers of some of the libraries.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { importNeighbour } from '../support/bundle.mjs';
import { sendFile } from '../support/server.mjs';

const SECRET = 'Bearer abc';

/** Creates tRPC's own server: a subscription of events with IDs, whose first connection breaks off. */
async function trpc() {
  const { initTRPC, tracked, TRPCError } = await importNeighbour('@trpc/server');
  const { createHTTPHandler } = await importNeighbour('@trpc/server/adapters/standalone');
  const t = initTRPC.context().create({ sse: { client: { reconnectAfterInactivityMs: 5000 } } });
  const router = t.router({
    prices: t.procedure.input((input) => input).subscription(async function* ({ ctx, input, signal }) {
      if (ctx.authorization !== SECRET) throw new TRPCError({ code: 'UNAUTHORIZED' });
      const from = Number(ctx.lastEventId ?? input?.lastEventId ?? 0);
      yield tracked(String(from + 1), { price: (from + 1) * 10 });
      // The first connection is cut after its event.
      if (!from) setTimeout(ctx.cut, 20);
      await once(signal, 'abort');
    }),
  });
  const createContext = ({ req, res }) => ({ cut: () => res.destroy(), authorization: req.headers.authorization, lastEventId: req.headers['last-event-id'] });
  return createHTTPHandler({ router, createContext, basePath: '/trpc/' });
}

/** Creates graphql-sse's own server. */
async function graphql() {
  const { GraphQLObjectType, GraphQLSchema, GraphQLString, GraphQLFloat } = await importNeighbour('graphql');
  const { createHandler } = await importNeighbour('graphql-sse/lib/use/http');
  const price = {
    type: GraphQLFloat,
    async *subscribe() {
      yield { price: 1 };
      yield { price: 2 };
    },
  };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({ name: 'Subscription', fields: { price } }),
  });
  return createHandler({ schema });
}

export class NeighbourServer {
  log = [];
  #http;

  static async start(mounts) {
    const server = new NeighbourServer();
    const handlers = { '/trpc': await trpc(), '/graphql': await graphql() };
    let realtime;
    server.#http = createServer(async (request, response) => {
      const url = new URL(request.url, server.origin);
      const entry = { method: request.method, url: request.url, headers: request.headers };
      server.log.push(entry);
      response.on('close', () => (entry.closed = true));
      const [, room] = url.pathname.split('/');
      if (handlers[`/${room}`]) return handlers[`/${room}`](request, response);
      const stream = () => response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      switch (url.pathname) {
        case '/prices':
          return stream().write(`data: ${JSON.stringify({ symbol: url.searchParams.get('symbol'), price: 42 })}\n\n`);
        case '/job':
          return stream().end('data: one\n\ndata: two\n\n');
        case '/private':
          if (request.headers.authorization !== SECRET) return response.writeHead(401).end();
          return stream().write('data: <b>secret</b>\n\n');
        case '/turbo':
          return stream().write(
            'data: <turbo-stream action="update" target="here"><template>updated</template></turbo-stream>\n\n',
          );
        case '/api/realtime': {
          if (request.method === 'GET') {
            realtime = stream();
            return realtime.write('event: PB_CONNECT\nid: client-7\ndata: {"clientId":"client-7"}\n\n');
          }
          const { clientId, subscriptions } = JSON.parse(Buffer.concat(await request.toArray()));
          response.writeHead(204).end();
          return realtime.write(`event: ${subscriptions[0]}\ndata: {"action":"create","record":{"id":"1","for":"${clientId}"}}\n\n`);
        }
        default:
          return sendFile(Object.entries(mounts), url, response);
      }
    });
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    server.origin = `http://127.0.0.1:${server.#http.address().port}`;
    return server;
  }

  /** Returns the requests for a path, other than those for the page itself. */
  of(path) {
    return this.log.filter(({ url }) => url.split('?')[0] === path);
  }

  async close() {
    this.#http.close();
    this.#http.closeAllConnections();
    await once(this.#http, 'close');
  }
}
