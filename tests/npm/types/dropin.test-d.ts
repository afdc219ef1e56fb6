// Code written for the platform's own types, with only the import changed. Compiled, never run.

import { EventSource as Ours, EventSourceError, EventSourceErrorEvent, type EventSourceOptions } from 'everstream';
import { type ChannelOptions, Mux, type MuxOptions } from 'everstream/mux';

const instance: globalThis.EventSource = new Ours('https://foo.bar');
const typed: globalThis.EventSource = new Ours<{ tick: { price: number }; message: string }>('https://foo.bar');
const constructor: typeof globalThis.EventSource = Ours;
globalThis.EventSource = Ours;
const holder: { source: EventSource } = { source: new Ours('/x') };
const target: EventTarget = new Ours('/x');

function onMessage(this: EventSource, event: MessageEvent) {
  console.log(event.data, this.url);
}
const source = new Ours('https://foo.bar', { withCredentials: true } satisfies EventSourceInit);
source.addEventListener('message', onMessage);
source.removeEventListener('message', onMessage);
source.onmessage = onMessage;
source.onerror = (event: Event) => void event;
source.onopen = null;
source.addEventListener('custom', (event: MessageEvent<string>) => event.data);
source.addEventListener('custom', (event: Event) => (event as MessageEvent).data);
source.addEventListener('custom', { handleEvent: (event) => event.data });
const handler: ((this: EventSource, event: Event) => unknown) | null = source.onerror;

// Subclasses.
class Plain extends Ours {
  constructor() {
    super('https://x');
    this.onopen = () => this.state;
  }
}
class Prices extends Ours<{ tick: { price: number } }> {
  override close() {
    super.close();
  }
}
new Prices('/x').addEventListener('tick', ({ data }) => data.price.toFixed());
const platform: EventSource = new Plain();

// The map types the interface's handlers, also with `json` and `schemas`.
declare const schema: import('everstream').StandardSchema<{ a: number }>;
new Ours<{ message: { price: number } }>('/x', { json: true }).onmessage = ({ data }) => data.price.toFixed();
new Ours('/x', { schemas: { message: schema } }).onmessage = ({ data }) => data.a.toFixed();
new Ours('/x', { json: true }).onmessage = ({ data }) => data.anything;
// @ts-expect-error: the map has another type.
new Ours<{ message: { price: number } }>('/x').onmessage = ({ data }) => data.prize;

// A server's event may have the name of one of the interface's own events.
const failing = new Ours<{ error: { reason: string } }>('/x', { json: true });
failing.addEventListener('error', (event) => ('data' in event ? event.data.reason : event.code));
failing.onerror = (event) => ('data' in event ? event.data.reason : event.code);
source.onerror = ({ code, status, retryIn }) => void [code, status, retryIn?.toFixed()];

// Every function that takes options accepts values of the type `EventSourceOptions`.
const options: EventSourceOptions = { json: true, headers: { a: 'b' }, retry: {} };
new Ours('/x', options);
new Ours<{ tick: number }>('/x', options).addEventListener('tick', ({ data }) => data.toFixed());
const muxOptions: MuxOptions = { json: true };
const channelOptions: ChannelOptions = { json: true };
new Mux('/x', muxOptions).channel('a', channelOptions);
const maybe: { signal: AbortSignal | undefined; lastEventId: string | undefined; retry: undefined } = {
  signal: undefined,
  lastEventId: undefined,
  retry: undefined,
};
new Ours('/x', maybe);
new Ours('/x', null);

// Functions as other libraries document them.
new Ours('/x', { fetch: globalThis.fetch });
new Ours('/x', { fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization: 'x' } }) });
new Ours('/x', { fetch: (async () => new Response()) as typeof fetch });
new Ours('/x', { fetch: (input, init) => fetch(input, init) });

// Requests and ends.
new Ours('/x', {
  method: 'POST',
  body: '{}',
  resume: async ({ lastEventId, response, attempt, signal }) =>
    signal.aborted ? undefined : { url: response?.url, query: { after: lastEventId, attempt: `${attempt}` }, headers: { a: 'b' } },
  request: ({ headers, method, unauthorized }) => (unauthorized ? { headers: { ...headers, a: method } } : undefined),
  until: ({ type, data }) => type === 'done' || (data === 'x' && 'last'),
  follows: (previous, next) => Number(next) > Number(previous),
  replays: false,
  deliverUnfinished: true,
  logger: console,
  idempotent: true,
  end: 'close',
  bytes: ['image'],
});
new Ours('/x', { resume: 'get', until: '[DONE]', follows: 'integers', bytes: true, request: () => {} });
source.addEventListener('end', ({ reason, unfinished }) => void [reason === 'until', unfinished?.data]);
source.addEventListener('open', ({ status, headers, url, resumed }) => void [status, headers?.get('a'), url, resumed === 'asked']);
source.onopen = ({ resumed }) => resumed;
void [source.response?.status, source.response?.resumed];
source.onerror = ({ error }) => error.unfinished?.type;
// @ts-expect-error: no such end.
new Ours('/x', { end: 'stop' });
// @ts-expect-error: the protocol decides it.
new Mux('/x', { resume: 'get' });

// For tests.
const error = new EventSourceError('response', 'gone', { status: 410 });
const event: Event = new EventSourceErrorEvent(error, 100);
source.dispatchEvent(event);

async function disposes() {
  await using disposed = new Ours('/x');
  await using mux = new Mux('/x');
  await using channel = mux.channel('a');
  void [disposed, channel];
}

void [instance, typed, constructor, holder, target, handler, platform, disposes];
