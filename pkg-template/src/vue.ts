// `everstream/vue`: composables, in the shape of VueUse's `useEventSource`.

import { computed, getCurrentInstance, getCurrentScope, type MaybeRefOrGetter, onMounted, shallowRef, toValue, watchSyncEffect } from "vue";

import type { Snapshot, Store } from "./store.js";
import { channelStore, sourceStore, type ChannelViewOptions, type MuxOf, type SourceOptions, type Target } from "./stores.js";

interface Immediate {
  /** Whether the stream opens without a call of `open()`. Default: `true`. */
  immediate?: boolean;
}

/** Subscribes in the browser until the scope ends, and anew when a value that `subscribe` read has changed. */
function attach(subscribe: () => () => void): void {
  // The scope belongs to a component, or to a Pinia store that outlives it.
  const scope = getCurrentScope();
  const follow = () => void watchSyncEffect((onCleanup) => onCleanup(subscribe()));
  const begin = () => (scope ? scope.run(follow) : follow());
  // A component rendered on a server is never mounted there.
  if (getCurrentInstance()) onMounted(begin);
  else if (globalThis.document) begin();
}

/** `make` is called again when a value that it read has changed. */
function useStore(make: () => Store, { immediate = true }: Immediate) {
  const opened = shallowRef(+immediate);
  const store = computed(() => (opened.value ? make() : sourceStore(null, () => ({}))));
  const version = shallowRef(0);
  attach(() => store.value.subscribe(() => version.value++));

  const fact = <T>(of: (snapshot: Snapshot) => T) =>
    computed(() => {
      void version.value;
      return of(store.value.getSnapshot()) ?? null;
    });
  return {
    state: fact((now) => now.state),
    data: fact((now) => now.data),
    error: fact((now) => now.error),
    retryIn: fact((now) => now.retryIn),
    status: fact((now) => ["CONNECTING", "OPEN", "CLOSED"][now.readyState]),
    event: fact((now) => now.event?.type),
    lastEventId: fact((now) => now.event?.lastEventId),
    open: () => opened.value++,
    close: () => store.value.initial.close(),
    reconnect: () => store.value.initial.reconnect(),
  };
}

/** A list of events works as in VueUse: these types and `message` are shown. */
export function useEventSource(
  url: MaybeRefOrGetter<Target>,
  events?: readonly string[] | MaybeRefOrGetter<SourceOptions & Immediate>,
  more: MaybeRefOrGetter<SourceOptions & Immediate> = {},
) {
  const type = Array.isArray(events) && ["message", ...events];
  const options = (): SourceOptions & Immediate =>
    type ? { ...toValue(more), type } : (toValue(events as MaybeRefOrGetter<SourceOptions> | undefined) ?? {});
  return useStore(() => sourceStore(toValue(url), options), options());
}

/** A function for `mux` is called on the client alone. */
export function useChannel(
  mux: MuxOf,
  name: MaybeRefOrGetter<string | null | undefined | false>,
  options: MaybeRefOrGetter<ChannelViewOptions & Immediate> = {},
) {
  const latest = () => toValue(options);
  return useStore(() => channelStore(mux, toValue(name), latest), latest());
}

/** A live state, or another store of this shape. */
interface Live<Snapshot> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): Snapshot;
}

export function useLive<Snapshot>({ subscribe, getSnapshot }: Live<Snapshot>) {
  const shown = shallowRef(getSnapshot());
  const follow = () => (shown.value = getSnapshot());
  attach(() => (follow(), subscribe(follow)));
  return shown;
}
