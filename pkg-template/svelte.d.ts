// The types of `everstream/svelte`.

import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Facts, Nothing, Snapshot, SourceViewOptions, StreamControls, ViewOptions } from "./store-types.js";
import type { EventMap } from "./types.js";

export type { Facts, Snapshot, SourceViewOptions, StreamControls, ViewOptions } from "./store-types.js";

/**
 * What a component sees of a stream. Its properties are reactive where runes are, and it is a readable store:
 * `prices.data` and `$prices.data`. The stream is open as long as an effect reads it or somebody has subscribed;
 * on a server nothing is opened. What opening has thrown, such as the `TypeError` of an option that is wrong, the
 * properties throw: `<svelte:boundary>` catches it.
 */
export type ReactiveStream<Events extends EventMap = Record<string, any>> = Facts<Events> &
  StreamControls & {
    /** All of it at once. */
    readonly current: Snapshot<Events>;
    /** As readable stores have it: calls `run` at once and after each change. */
    subscribe(run: (snapshot: Snapshot<Events>) => void): () => void;
  };

/**
 * A source. For a URL that changes, make it in `$derived`: `const prices = $derived(eventSource(url))`. Unlike a
 * source of your own it tries again after 503 and the like, as with `retry: {}`; `retry` says otherwise.
 */
export function eventSource<Events extends EventMap = Record<string, any>>(
  url: string | URL | Nothing,
  options?: SourceViewOptions<Events>,
): ReactiveStream<Events>;

/** A channel. A function is asked for the multiplexer when the channel is opened. */
export function channel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: Name | Nothing,
  options?: ChannelOptions & ViewOptions<Channels[Name] & object>,
): ReactiveStream<Channels[Name] & object>;
