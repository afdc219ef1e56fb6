// Types of the package. Compiled, never run: a wrong type is a compiler error.

import { EventSource, EventSourceError, type EventStream, type Sharing, type StandardSchema } from 'everstream';
import { type Channel, Mux } from 'everstream/mux';
import { useChannel, useEventSource } from 'everstream/react';
import { EventSource as Shared, init as initShared } from 'everstream/shared/slim';
import { EventSource as SharedInline } from 'everstream/shared';
import { init } from 'everstream/slim';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A>(): <B>(value: B) => Same<A, B> extends true ? void : never;
const check = <A, B extends A>(value: Same<A, B> extends true ? true : never) => value;

interface Price {
  symbol: string;
  price: number;
}

// A map types listeners, iteration and payload.
const prices = new EventSource<{ priceUpdate: Price; status: string }>('/prices', { json: true });
prices.addEventListener('priceUpdate', (event) => {
  check<Price, typeof event.data>(true);
  check<string, typeof event.lastEventId>(true);
});
prices.addEventListener('error', (event) => {
  check<EventSourceError, typeof event.error>(true);
  check<number | undefined, typeof event.status>(true);
});
prices.onAny((event) => {
  if (event.type === 'priceUpdate') check<Price, typeof event.data>(true);
  else check<string, typeof event.data>(true);
});
for await (const event of prices) if (event.type === 'status') check<string, typeof event.data>(true);

// @ts-expect-error: no such event.
prices.addEventListener('priceupdate', () => {});
// @ts-expect-error: readyState is read-only.
prices.readyState = 1;
// @ts-expect-error: no such transport.
new EventSource('/', { transport: 'websocket' });
// @ts-expect-error: the timeout is a number.
new EventSource('/', { heartbeatTimeout: '45s' });

// Without a map a source accepts the same options and listeners as the platform's own.
const plain = new EventSource('/plain', { withCredentials: true });
plain.onmessage = (event: MessageEvent<string>) => void event.data;
plain.onmessage = ({ data }) => JSON.parse(data);
plain.onerror = () => {};
plain.addEventListener('anything', ({ data }) => JSON.parse(data));
plain.addEventListener('open', function () {
  const { readyState } = this;
  check<0 | 1 | 2, typeof readyState>(true);
});
const target: EventTarget = plain;
check<0, typeof EventSource.CONNECTING>(true);
check<2, typeof plain.CLOSED>(true);

// The option `shared` shares the connection.
const shared = new EventSource<{ message: string }>('/plain', { shared: 'user-7' });
shared.addEventListener('sharingchange', () => check<Sharing | undefined, typeof shared.sharing>(true));
const role: 'leader' | 'follower' | 'alone' | undefined = shared.sharing?.role;
// @ts-expect-error: `shared` is the name under which sources share.
new EventSource('/plain', { shared: true });
// The option `shared` works for a multiplexer, too.
const sharedMux = new Mux('/mux', { shared: 'user-7' });
sharedMux.addEventListener('sharingchange', () => check<Sharing | undefined, typeof sharedMux.sharing>(true));
// @ts-expect-error: `shared` is the name under which multiplexers share.
new Mux('/mux', { shared: true });

// The class can replace the platform's own.
globalThis.EventSource = EventSource;

// Validators type what they validate.
declare const schema: StandardSchema<Price>;
const valid = new EventSource('/prices', { json: true, schemas: { priceUpdate: schema } });
valid.addEventListener('priceUpdate', (event) => check<Price, typeof event.data>(true));

// Headers, retry and the rest.
new EventSource('/logs', {
  method: 'POST',
  body: '{}',
  headers: async ({ unauthorized, attempt }) => ({ authorization: `${unauthorized} ${attempt}` }),
  retry: (error, { failures }) => (error.status === 404 ? failures * 1000 : undefined),
  signal: AbortSignal.timeout(1000),
  fetch: (input, request) => fetch(input, request),
});
new EventSource('/logs', { retry: false, headers: [['a', 'b']] });
const ready: Promise<void> = init(new URL('everstream.wasm', 'http://localhost/'));

// Two copies of the package agree.
declare const stream: EventStream<{ priceUpdate: Price }>;
const again: EventStream<{ priceUpdate: Price }> = new EventSource<{ priceUpdate: Price }>('/');

// Channels are typed by their names, also by a pattern of names.
const mux = new Mux<{ prices: { tick: Price }; [chat: `chat:${string}`]: { message: string; left: null } }>('/mux', {
  headers: () => ({ authorization: 'x' }),
  heartbeatTimeout: 45_000,
  retry: { maxDelay: 1000 },
});
const channel = mux.channel('prices', { json: true, lastEventId: 'e-7' });
channel.addEventListener('tick', ({ data }) => check<Price, typeof data>(true));
channel.addEventListener('complete', () => {});
channel.addEventListener('gap', () => {});
channel.onmessage = () => {};
channel.onerror = ({ code, error }) => void [code, check<string | undefined, typeof error.reason>(true)];
for await (const event of mux.channel('chat:42')) if (event.type === 'message') check<string, typeof event.data>(true);
check<string, typeof channel.name>(true);
const asStream: EventStream<{ tick: Price }> = channel;
const validated = mux.channel('prices', { schemas: { tick: schema } });
validated.addEventListener('tick', ({ data }) => check<Price, typeof data>(true));
mux.addEventListener('error', ({ code, message }) => void [code, message]);
// @ts-expect-error: no such channel.
mux.channel('price');
// @ts-expect-error: no such event of the channel.
channel.addEventListener('tock', () => {});
// @ts-expect-error: the protocol decides it.
new Mux('/mux', { method: 'POST' });
// @ts-expect-error: comments belong to no channel.
channel.onComment(() => {});
const untyped: Channel<Record<string, any>> = new Mux('/mux').channel('anything');
untyped.addEventListener('anything', ({ data }) => data.price);

// Hooks have the types of the sources and channels that they hold.
const shown = useEventSource<{ tick: Price }>('/prices', { json: true, type: 'tick', onEvent: ({ data }) => data.price });
check<Price | undefined, typeof shown.data>(true);
check<0 | 1 | 2, typeof shown.readyState>(true);
useEventSource(null);
useEventSource('/prices').data.anything;
check<Price | undefined, (typeof price)['data']>(true);
const price = useChannel(mux, 'prices');
useChannel(() => mux, 'chat:1', { onEvent: ({ type }) => check<'message' | 'left', typeof type>(true) });
// @ts-expect-error: no such channel.
useChannel(mux, 'price');
// @ts-expect-error: no such event.
useEventSource<{ tick: Price }>('/prices', { type: 'tock' });

void [same, target, ready, stream, again, asStream, shown];

// The entries agree with each other.
check<typeof EventSource, typeof Shared>(true);
check<typeof EventSource, typeof SharedInline>(true);
void initShared(new URL('everstream/everstream-shared.wasm', import.meta.url));
