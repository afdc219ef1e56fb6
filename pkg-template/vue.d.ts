// The types of `everstream/vue`.

import type { ComputedRef, MaybeRefOrGetter } from "vue";
import type { ChannelMap, ChannelOptions, Mux } from "./mux-types.js";
import type { Nothing, SourceViewOptions, ViewOptions } from "./store-types.js";
import type { AnyEvent, EventMap, EventSourceError, State } from "./types.js";

/** What a component sees of a stream, in the shape of VueUse's `useEventSource`. */
export interface UseEventSourceReturn<Events extends EventMap = Record<string, any>> {
  readonly status: ComputedRef<"CONNECTING" | "OPEN" | "CLOSED">;
  /** More exactly. */
  readonly state: ComputedRef<State>;
  /** Of the latest event. Of those that come together only the last is seen here; `onEvent` gets all of them. */
  readonly data: ComputedRef<AnyEvent<Events>["data"] | null>;
  /** Its type. */
  readonly event: ComputedRef<(keyof Events & string) | null>;
  /** Its ID. */
  readonly lastEventId: ComputedRef<string | null>;
  /** What went wrong last, until the stream is open again or the next good event comes. */
  readonly error: ComputedRef<EventSourceError | null>;
  /** In how many milliseconds it is tried again, where that is known. */
  readonly retryIn: ComputedRef<number | null>;
  /** Opens the stream; one that is open is replaced. */
  open(): void;
  /** Closes it; `open()`, or another URL, opens another. */
  close(): void;
  /** Drops the connection and connects anew at once, resuming. */
  reconnect(): void;
}

export interface ImmediateOptions {
  /** Whether the stream is opened without `open()` being called. Default: `true`. */
  immediate?: boolean | undefined;
}

export type UseEventSourceOptions<Events extends EventMap = Record<string, any>> = SourceViewOptions<Events> & ImmediateOptions;

/**
 * Opens a source when the component is mounted and closes it with its scope; without a URL nothing is open, and
 * another URL opens another source. On a server nothing is opened. Options that are given as a getter or ref are asked
 * for the latest `headers` and functions at each attempt. What the constructor throws is thrown where the refs are
 * read: `onErrorCaptured` gets it. Unlike a source of your own it tries again after 503 and the like, as with
 * `retry: {}`; `retry` says otherwise.
 */
export function useEventSource<Events extends EventMap = Record<string, any>>(
  url: MaybeRefOrGetter<string | URL | Nothing>,
  options?: MaybeRefOrGetter<UseEventSourceOptions<Events>>,
): UseEventSourceReturn<Events>;
/** As VueUse has it: events of these types are shown, and of the type `message`. */
export function useEventSource<Events extends EventMap = Record<string, any>>(
  url: MaybeRefOrGetter<string | URL | Nothing>,
  events: readonly (keyof Events & string)[],
  options?: MaybeRefOrGetter<Omit<UseEventSourceOptions<Events>, "type">>,
): UseEventSourceReturn<Events>;

/** Asks for a channel as long as the component is mounted. A function is asked for the multiplexer on the client alone. */
export function useChannel<Channels extends ChannelMap, Name extends keyof Channels & string>(
  mux: Mux<Channels> | (() => Mux<Channels>) | null | undefined,
  name: MaybeRefOrGetter<Name | Nothing>,
  options?: MaybeRefOrGetter<ChannelOptions & ViewOptions<Channels[Name] & object> & ImmediateOptions>,
): UseEventSourceReturn<Channels[Name] & object>;
