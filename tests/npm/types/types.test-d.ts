// Compiled, not run: what does not hold is an error of the compiler.

import { EventSource, EventSourceError, type EventStream, type StandardSchema } from 'everstream';
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
// @ts-expect-error: a number.
new EventSource('/', { heartbeatTimeout: '45s' });

// Without a map it takes what the platform's own takes.
const plain = new EventSource('/plain', { withCredentials: true });
plain.onmessage = (event: MessageEvent<string>) => void event.data;
plain.onmessage = ({ data }) => JSON.parse(data);
plain.onerror = () => {};
plain.addEventListener('anything', ({ data }) => JSON.parse(data));
plain.addEventListener('open', function () {
  check<0 | 1 | 2, typeof this.readyState>(true);
});
const target: EventTarget = plain;
check<0, typeof EventSource.CONNECTING>(true);
check<2, typeof plain.CLOSED>(true);

// It can stand in for the platform's own.
globalThis.EventSource = EventSource as unknown as typeof globalThis.EventSource;

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

void [same, target, ready, stream, again];
