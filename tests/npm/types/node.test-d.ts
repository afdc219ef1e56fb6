// A project for Node, without the DOM's types. Compiled, never run.

import { EventSource, type EventSourceMessage } from 'everstream';
import { Mux } from 'everstream/mux';
import { init } from 'everstream/slim';
import { TestServer, VirtualClock, warmUp } from 'everstream/testing';

const source = new EventSource<{ tick: { price: number } }>('http://localhost/', {
  headers: async ({ unauthorized }) => ({ authorization: `${unauthorized}` }),
  method: 'POST',
  body: '{}',
  signal: AbortSignal.timeout(1000),
  fetch: (input, options) => fetch(input, options),
  json: true,
});
source.addEventListener('tick', (event) => {
  const tick: EventSourceMessage<{ price: number }> = event;
  console.log(tick.data.price.toFixed(), tick.lastEventId, tick.origin, event.target === source);
});
source.onerror = ({ code, status, error }) => console.log(code, status, error.headers?.get('retry-after'), error.body);
for await (const { data } of source) console.log(data.price);
const channel = new Mux('http://localhost/').channel('a');
channel.onmessage = ({ data }) => console.log(data);
await init(new Uint8Array());
await init(new URL('x', import.meta.url));
await warmUp(EventSource);
const server = new TestServer();
const stream = server.stream('/', { heartbeat: 1000, ids: false });
stream.refuse(503, { times: 2, headers: { 'retry-after': '7' } });
const tested = new EventSource('http://localhost/', { fetch: server.fetch });
const { elapsed }: { elapsed: number } = new VirtualClock();
console.log(tested.url, elapsed, stream.requests[0]?.headers.get('accept'));
// @ts-expect-error Its events are sent by `send`.
stream.emit('a');
