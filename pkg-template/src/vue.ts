// `everstream/vue`: composables, in the shape of VueUse's `useEventSource`.

import { computed, getCurrentInstance, getCurrentScope, type MaybeRefOrGetter, onMounted, onScopeDispose, type Ref, shallowRef, toValue, unref, watch } from "vue";

import { type Snapshot, Store } from "./store.js";
import { channelStore, sourceStore, type ChannelViewOptions, type MuxOf, type SourceOptions, type Target } from "./stores.js";

interface Immediate {
  /** Whether the stream is opened without `open()` being called. Default: `true`. */
  immediate?: boolean;
}

const STATUS = ["CONNECTING", "OPEN", "CLOSED"] as const;

/** `target` is what another stream is opened for when it changes, `make` a store of the present one. */
function useStore(target: (() => unknown) | (() => unknown)[], make: () => Store, isImmediate: boolean) {
  const nothing = new Store(undefined, () => ({}));
  const store = shallowRef(isImmediate ? make() : nothing);
  const version = shallowRef(0);
  let isWanted = isImmediate;
  let isReady = false;
  let leave: (() => void) | undefined;
  const begin = () => {
    leave?.();
    store.value = make();
    leave = store.value.subscribe(() => void version.value++);
    version.value++;
  };
  const ready = () => {
    isReady = true;
    if (isWanted) begin();
  };
  watch(target, () => isReady && isWanted && begin());
  // A component that is rendered on a server is not mounted there.
  if (getCurrentInstance()) onMounted(ready);
  else if (typeof document !== "undefined") ready();
  else isReady = true;
  if (getCurrentScope()) onScopeDispose(() => leave?.());

  const read = (): Snapshot => {
    void version.value;
    return store.value.getSnapshot();
  };
  const fact = <T>(of: (snapshot: Snapshot) => T | undefined) => computed(() => of(read()) ?? null);
  return {
    status: computed(() => STATUS[read().readyState]),
    state: computed(() => read().state),
    data: fact(({ data }) => data),
    event: fact(({ event }) => event?.type),
    lastEventId: fact(({ event, lastEventId }) => event?.lastEventId ?? (lastEventId || undefined)),
    error: fact(({ error }) => error),
    retryIn: fact(({ retryIn }) => retryIn),
    /** Opens the stream; one that is open is replaced. */
    open: () => {
      isWanted = true;
      if (isReady) begin();
    },
    close: () => {
      isWanted = false;
      store.value.initial.close();
    },
    reconnect: () => store.value.initial.reconnect(),
  };
}

type VueSourceOptions = Omit<SourceOptions, "type"> & Immediate;

/** With `events`, as VueUse has it: those and `message` are shown. */
export function useEventSource(
  url: MaybeRefOrGetter<Target>,
  events?: readonly string[] | MaybeRefOrGetter<VueSourceOptions & { type?: SourceOptions["type"] }>,
  more: MaybeRefOrGetter<VueSourceOptions> = {},
) {
  const types = Array.isArray(events) ? ["message", ...events] : undefined;
  const given = types || events === undefined ? more : (events as MaybeRefOrGetter<SourceOptions & Immediate>);
  const options = (): SourceOptions & Immediate => (types ? { ...toValue(given), type: types } : toValue(given));
  const target = () => {
    const given = toValue(url);
    return given ? `${given}` : undefined;
  };
  return useStore(target, () => sourceStore(target(), options), options().immediate ?? true);
}

/** A function for `mux` is asked on the client alone. */
export function useChannel(
  mux: MuxOf | Ref<MuxOf>,
  name: MaybeRefOrGetter<string | null | undefined | false>,
  options: MaybeRefOrGetter<ChannelViewOptions & Immediate> = {},
) {
  const latest = () => toValue(options);
  const targets = [() => (typeof mux === "function" ? undefined : unref(mux)), () => toValue(name)];
  return useStore(targets, () => channelStore(unref(mux), toValue(name), latest), latest().immediate ?? true);
}
