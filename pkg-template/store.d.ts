// The types of `everstream/store`.

import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Nothing, SourceViewOptions, Store, StoredStream, ViewOptions } from "./store-types.js";
import type { EventMap } from "./types.js";

export type { Facts, Snapshot, SourceViewOptions, Store, StoredStream, StreamControls, ViewOptions } from "./store-types.js";

/**
 * Creates a store of a source. The source opens with the first subscriber, and never without a URL. A function for the
 * options is called for the latest at each attempt.
 */
export function createStore<Events extends EventMap = Record<string, any>>(
  url: string | URL | Nothing,
  options?: SourceViewOptions<Events> | (() => SourceViewOptions<Events>),
): Store<Events>;
/** Creates a store of the stream that the function opens. */
export function createStore<Events extends EventMap = Record<string, any>>(
  open: () => StoredStream<Events>,
  options?: ViewOptions<Events> | (() => ViewOptions<Events>),
): Store<Events>;

/** Creates a store of a channel. A function for the multiplexer is called when the channel is opened. */
export function createChannelStore<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: Name | Nothing,
  options?: ChannelViewOptions<Channels, Name> | (() => ChannelViewOptions<Channels, Name>),
): Store<Channels[Name] & object>;

type ChannelViewOptions<Channels extends ChannelMap, Name extends keyof Channels> = ChannelOptions &
  ViewOptions<Channels[Name] & object>;
