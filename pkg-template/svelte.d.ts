// The types of `everstream/svelte`.

import type { LiveStore } from "./live.js";
import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Facts, Nothing, Snapshot, SourceViewOptions, StreamControls, ViewOptions } from "./store-types.js";
import type { EventMap } from "./types.js";

export type { Facts, Snapshot, SourceViewOptions, StreamControls, ViewOptions } from "./store-types.js";

/**
 * A stream as a component sees it. Its properties are reactive where runes are, and it is a readable store:
 * `prices.data` and `$prices.data`. The stream is open while an effect reads it or it has a subscriber. On a server
 * nothing is opened. The properties throw the error with which opening failed, such as the `TypeError` of a wrong
 * option, and `<svelte:boundary>` catches it.
 */
export type ReactiveStream<Events extends EventMap = Record<string, any>> = Facts<Events> &
  StreamControls & {
    /** All facts and controls at once. */
    readonly current: Snapshot<Events>;
    /** Calls `run` at once and after each change, as readable stores do. */
    subscribe(run: (snapshot: Snapshot<Events>) => void): () => void;
  };

/**
 * Creates a source. For a URL that changes, create it in `$derived`: `const prices = $derived(eventSource(url))`.
 * Unlike a plain source it retries after 503 and the like, as with `retry: {}`, unless `retry` says otherwise.
 */
export function eventSource<Events extends EventMap = Record<string, any>>(
  url: string | URL | Nothing,
  options?: SourceViewOptions<Events>,
): ReactiveStream<Events>;

/** Creates a channel. A function for the multiplexer is called when the channel is opened. */
export function channel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: Name | Nothing,
  options?: ChannelOptions & ViewOptions<Channels[Name] & object>,
): ReactiveStream<Channels[Name] & object>;

/** Makes a live state reactive: `board.current.state` where runes are, and `$board.state` as a readable store. */
export function live<Snapshot>(live: LiveStore<Snapshot>): {
  readonly current: Snapshot;
  /** Calls `run` at once and after each change, as readable stores do. */
  subscribe(run: (snapshot: Snapshot) => void): () => void;
};
