// Types of the adapters. Compiled, never run.

import { EventSource, type EventSourceError } from 'everstream';
import { createLive, type LiveError, type LiveSnapshot } from 'everstream/live';
import { Mux } from 'everstream/mux';
import { useEventSource as useReact, useLive as useLiveOfReact } from 'everstream/react';
import { createChannel, createEventSource, useLive as useLiveOfSolid } from 'everstream/solid';
import { createChannelStore, createStore, type Snapshot, type Store } from 'everstream/store';
import { channel, eventSource, live as liveOfSvelte, type ReactiveStream } from 'everstream/svelte';
import { useChannel, useEventSource, useLive } from 'everstream/vue';
import { computed, type ComputedRef, ref } from 'vue';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const check = <A, B extends A>(value: Same<A, B> extends true ? true : never) => value;

interface Price {
  price: number;
}
interface Events {
  tick: Price;
  status: string;
}
type Data = Price | string;
const mux = new Mux<{ prices: { tick: Price } }>('/mux');

// The store.
const store = createStore<Events>('/prices', { json: true, type: ['tick'], dedupe: true });
const again: Store<Events> = store;
const snapshot: Snapshot<Events> = store.getSnapshot();
check<Data | undefined, typeof snapshot.data>(true);
if (snapshot.event?.type === 'tick') snapshot.event.data.price.toFixed();
// The type of the latest event determines the type of its data, also when both are destructured.
const { type, data: latest } = snapshot;
if (type === 'tick') latest.price.toFixed();
else if (type === 'status') latest.toUpperCase();
else check<undefined, typeof latest>(true);
// @ts-expect-error: the data may be a status.
snapshot.data?.price;
const leave: () => void = store.subscribe(() => store.getSnapshot().error?.code);
createStore(() => new EventSource('/x'));
createStore<Events>(() => new EventSource<Events>('/x'), () => ({ type: 'status' }));
createStore(() => mux.channel('prices'));
createStore(null);
createStore('/x', () => ({ headers: { a: 'b' } }));
check<Price | undefined, (typeof prices)['data']>(true);
const prices = createChannelStore(mux, 'prices').getSnapshot();
// @ts-expect-error: no such event.
createStore<Events>('/x', { type: 'tock' });
// @ts-expect-error: no such option.
createStore('/x', { heartbeatTimout: 1 });
// @ts-expect-error: no such channel.
createChannelStore(mux, 'price');

// Vue, in the shape of VueUse.
const url = ref<string | undefined>('/prices');
const { status, data, event, error, lastEventId, open, close, retryIn } = useEventSource<Events>(url, { json: true });
check<ComputedRef<'CONNECTING' | 'OPEN' | 'CLOSED'>, typeof status>(true);
check<Data | null, typeof data.value>(true);
check<'tick' | 'status' | null, typeof event.value>(true);
check<EventSourceError | null, typeof error.value>(true);
check<string | null, typeof lastEventId.value>(true);
check<number | null, typeof retryIn.value>(true);
useEventSource<Events>(() => url.value, ['tick'], { immediate: false, onEvent: ({ type }) => check<'tick' | 'status', typeof type>(true) });
useEventSource(computed(() => `/x?${url.value}`), () => ({ headers: { a: 'b' } }));
useEventSource(new URL('http://localhost/'));
// @ts-expect-error: no such event.
useEventSource<Events>('/x', ['tock']);
check<Price | null, (typeof channelOfVue)['data']['value']>(true);
const channelOfVue = useChannel(mux, () => 'prices' as const);
// @ts-expect-error: no such channel.
useChannel(mux, 'price');

// Svelte.
const stream: ReactiveStream<Events> = eventSource<Events>('/prices', { json: true });
check<Data | undefined, typeof stream.data>(true);
const unsubscribe: () => void = stream.subscribe(({ data }) => check<Data | undefined, typeof data>(true));
if (stream.type === 'tick') stream.data.price.toFixed();
channel(() => mux, 'prices').data?.price.toFixed();
// @ts-expect-error: no such channel.
channel(mux, 'price');
// @ts-expect-error: the property is read-only.
stream.data = undefined;

// Solid.
const solid = createEventSource<Events>(() => url.value, () => ({ json: true }));
check<() => Data | undefined, typeof solid.data>(true);
check<() => EventSourceError | undefined, typeof solid.error>(true);
solid.reopen();
createChannel(mux, () => 'prices' as const).data()?.price.toFixed();
// @ts-expect-error: no such channel.
createChannel(mux, 'price');

// React.
check<Data | undefined, (typeof react)['data']>(true);
const react = useReact<Events>('/prices', { type: ['tick', 'status'], dedupe: 'user-7' });
if (react.type === 'tick') react.data.price.toFixed();

// Live states.
const board = createLive({
  load: async ({ signal }) => ({ rows: 1, aborted: signal.aborted }),
  source: () => new EventSource<Events>('/x', { json: true }),
  reduce: (state, event) => (event.type === 'tick' ? { ...state, rows: event.data.price } : state),
  type: 'tick',
  onError: (error: LiveError) => check<'load' | 'older' | 'slow' | 'overflow' | 'reduce' | 'stream', typeof error.code>(true),
});
type Board = LiveSnapshot<{ rows: number; aborted: boolean }>;
check<Board, ReturnType<typeof board.getSnapshot>>(true);
check<Board, ReturnType<typeof useLiveOfReact<Board>>>(true);
useLiveOfReact(board).state?.rows.toFixed();
useLiveOfSolid(board)().state?.rows.toFixed();
useLive(board).value.state?.rows.toFixed();
liveOfSvelte(board).current.state?.rows.toFixed();
createLive({ load: () => 1, source: mux.channel('prices'), reduce: (sum, { data }) => sum + data.price });
// @ts-expect-error: no such event.
createLive({ load: () => 1, source: new EventSource<Events>('/x'), reduce: (sum: number) => sum, type: 'tock' });
// @ts-expect-error: no such option.
createLive({ load: () => 1, source: mux.channel('prices'), reduce: (sum: number) => sum, loadTimout: 1 });

void [again, leave, prices, open, close, unsubscribe];
