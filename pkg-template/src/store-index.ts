// `everstream/store`: for frameworks that have no adapter here.

import { makeStore, type Store, type ViewOptions } from "./store.js";
import { channelStore, sourceStore, type ChannelViewOptions, type MuxOf, type SourceOptions, type Target } from "./stores.js";
import { type Stream, watch } from "./watch.js";

/** Returns a store as users see it. */
function facade(store: Store) {
  const { subscribe, getSnapshot, initial } = store;
  const { reconnect, reopen, close } = initial;
  return { subscribe, getSnapshot, getInitialSnapshot: () => initial, reconnect, reopen, close };
}

/** Options may be a function, which is called for the latest ones. */
const latest = <Given extends object>(options: Given | (() => Given)) =>
  typeof options === "function" ? (options as () => Given) : () => options;

export function createStore(source: Target | (() => Stream), options: SourceOptions | (() => SourceOptions) = {}) {
  if (typeof source !== "function") return facade(sourceStore(source, latest(options)));
  return facade(makeStore(() => watch(source), latest<ViewOptions>(options)));
}

export function createChannelStore(
  mux: MuxOf,
  name: string | null | undefined | false,
  options: ChannelViewOptions | (() => ChannelViewOptions) = {},
) {
  return facade(channelStore(mux, name, latest(options)));
}
