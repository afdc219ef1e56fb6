// The types of `everstream/vue`.

import type { ComputedRef, MaybeRefOrGetter, ShallowRef } from "vue";
import type { LiveStore } from "./live.js";
import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Nothing, SourceViewOptions, ViewOptions } from "./store-types.js";
import type { AnyEvent, EventMap, EventSourceError, State } from "./types.js";

/** A stream as a component sees it, in the shape of VueUse's `useEventSource`. */
export interface UseEventSourceReturn<Events extends EventMap = Record<string, any>> {
  readonly status: ComputedRef<"CONNECTING" | "OPEN" | "CLOSED">;
  /** State of the connection, in more detail than `status`. */
  readonly state: ComputedRef<State>;
  /**
   * Data of the latest event. Of events that arrive together only the last is seen here; `onEvent` receives all of
   * them.
   */
  readonly data: ComputedRef<AnyEvent<Events>["data"] | null>;
  /** Type of the latest event. */
  readonly event: ComputedRef<(keyof Events & string) | null>;
  /** ID of the latest event. */
  readonly lastEventId: ComputedRef<string | null>;
  /** The last error, until the stream is open again or the next good event arrives. */
  readonly error: ComputedRef<EventSourceError | null>;
  /** Milliseconds between the last failure and the next attempt, where known. */
  readonly retryIn: ComputedRef<number | null>;
  /** Opens the stream, in place of one that is open. */
  open(): void;
  /** Closes the stream; `open()`, or another URL, opens another. */
  close(): void;
  /** Drops the connection and reconnects at once, resuming. */
  reconnect(): void;
}

/** The option that says when a stream is opened first. */
export interface ImmediateOptions {
  /** Whether the stream opens without a call of `open()`. Default: `true`. */
  immediate?: boolean | undefined;
}

/** Options of `useEventSource`: those of a source, of what is shown, and `immediate`. */
export type UseEventSourceOptions<Events extends EventMap = Record<string, any>> = SourceViewOptions<Events> & ImmediateOptions;

/**
 * Opens a source when the component is mounted, and closes it with its scope. Another URL opens another source. Without
 * a URL, and on the server, nothing is opened. Options given as a getter or ref are read at each attempt for the latest
 * `headers` and functions. The constructor's error is thrown where the refs are read, and `onErrorCaptured` gets it.
 * Unlike a plain source it retries after 503 and the like, as with `retry: {}`, unless `retry` says otherwise.
 */
export function useEventSource<Events extends EventMap = Record<string, any>>(
  url: MaybeRefOrGetter<string | URL | Nothing>,
  options?: MaybeRefOrGetter<UseEventSourceOptions<Events>>,
): UseEventSourceReturn<Events>;
/** Opens a source as VueUse does: events of these types, and of the type `message`, are shown. */
export function useEventSource<Events extends EventMap = Record<string, any>>(
  url: MaybeRefOrGetter<string | URL | Nothing>,
  events: readonly (keyof Events & string)[],
  options?: MaybeRefOrGetter<Omit<UseEventSourceOptions<Events>, "type">>,
): UseEventSourceReturn<Events>;

/** Opens a channel while the component is mounted. A function for the multiplexer is called on the client alone. */
export function useChannel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: MaybeRefOrGetter<Name | Nothing>,
  options?: MaybeRefOrGetter<ChannelOptions & ViewOptions<Channels[Name] & object> & ImmediateOptions>,
): UseEventSourceReturn<Channels[Name] & object>;

/** Follows a live state while its scope lives. Create the state outside of the component. */
export function useLive<Snapshot>(live: LiveStore<Snapshot>): Readonly<ShallowRef<Snapshot>>;
