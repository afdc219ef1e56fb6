// The types that `everstream/store` and the adapters for frameworks have in common.

import type { AnyEvent, EventMap, EventSourceError, EventSourceOptions, EventStream, State } from "./types.js";

/** The latest event, or none yet: its `type` says which `data` it has. */
export type Latest<Events extends EventMap = Record<string, any>> =
  | { readonly type: undefined; readonly event: undefined; readonly data: undefined }
  | {
      [Type in keyof Events & string]: {
        readonly type: Type;
        /** Of those that come together only the last is seen here; `onEvent` gets all of them. */
        readonly event: Extract<AnyEvent<Events>, { readonly type: Type }>;
        readonly data: Events[Type];
      };
    }[keyof Events & string];

/** What is known of a stream at one moment. `if (snapshot.type === 'trade')` narrows `data` to that of a trade. */
export type Facts<Events extends EventMap = Record<string, any>> = Latest<Events> & {
  /** The ID of the latest event; empty before the first. */
  readonly lastEventId: string;
  readonly state: State;
  readonly readyState: 0 | 1 | 2;
  /** What went wrong last, until the stream is open again or the next good event comes. */
  readonly error: EventSourceError | undefined;
  /** In how many milliseconds it is tried again, where that is known. */
  readonly retryIn: number | undefined;
};

/** What can be done to a stream. The functions of one store are always the same. */
export interface StreamControls {
  /** Drops the connection and connects anew at once, resuming. */
  reconnect(): void;
  /** Opens another stream in its place, as after an end. */
  reopen(): void;
  /** Closes for good. A source that others use by `dedupe` stays open for them. */
  close(): void;
}

/** Another object whenever something has changed. */
export type Snapshot<Events extends EventMap = Record<string, any>> = Facts<Events> & StreamControls;

export interface ViewOptions<Events extends EventMap = Record<string, any>> {
  /** Only events of this type, or of these types, are shown. Default: all. */
  type?: (keyof Events & string) | readonly (keyof Events & string)[] | undefined;
  /** Called with every event that is shown. */
  onEvent?: ((event: AnyEvent<Events>) => void) | undefined;
}

/**
 * The options of a source and of what is shown of it. Unlike a source of your own it tries again after 503 and the
 * like, as with `retry: {}`; `retry` says otherwise.
 */
export type SourceViewOptions<Events extends EventMap = Record<string, any>> = EventSourceOptions &
  ViewOptions<Events> & {
    /**
     * Sources of one page with the same URL and options are one, with one connection, if each asks for it. Functions
     * count as equal, and those of whoever has been there longest are called; validators, signals and bodies that are
     * no text are equal only to themselves. Who comes later is shown the latest event. A text keeps apart what is
     * otherwise identical. Default: `false`.
     */
    dedupe?: boolean | string | undefined;
  };

/** A framework's adapter in short: whether something has changed, and what there is now. */
export interface Store<Events extends EventMap = Record<string, any>> extends StreamControls {
  /**
   * Calls `listener` after each change, once for all that changes in one turn. The stream is opened with the first
   * subscriber and closed with the last, a microtask later. Returns what ends the subscription.
   */
  subscribe(listener: () => void): () => void;
  /**
   * The same object until something changes. Throws what opening the stream has thrown, such as the `TypeError` of
   * an option that is wrong.
   */
  getSnapshot(): Snapshot<Events>;
  /** The snapshot before anything has been opened, as on a server. */
  getInitialSnapshot(): Snapshot<Events>;
}

/** What a store can be made of: an `EventSource`, a channel, or another object with as much of their interface. */
export type StoredStream<Events extends EventMap = Record<string, any>> = Pick<
  EventStream<Events>,
  "state" | "readyState" | "addEventListener" | "onAny" | "close"
> & { reconnect?(): void };

export type Nothing = null | undefined | false;
