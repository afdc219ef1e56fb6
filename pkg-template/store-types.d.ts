// The types that `everstream/store` and the framework adapters share.

import type { AnyEvent, EventMap, EventSourceError, EventSourceOptions, EventStream, State } from "./types.js";

/** The latest event, or none yet. Its `type` says which `data` it has. */
export type Latest<Events extends EventMap = Record<string, any>> =
  | { readonly type: undefined; readonly event: undefined; readonly data: undefined }
  | {
      [Type in keyof Events & string]: {
        readonly type: Type;
        /**
         * The latest event. Of events that arrive together only the last is seen here; `onEvent` receives all of them.
         */
        readonly event: Extract<AnyEvent<Events>, { readonly type: Type }>;
        readonly data: Events[Type];
      };
    }[keyof Events & string];

/** State of a stream at one moment. `if (snapshot.type === 'trade')` narrows `data` to that of a trade. */
export type Facts<Events extends EventMap = Record<string, any>> = Latest<Events> & {
  /** The ID of the latest event; empty before the first. */
  readonly lastEventId: string;
  readonly state: State;
  readonly readyState: 0 | 1 | 2;
  /** The last error, until the stream is open again or the next good event arrives. */
  readonly error: EventSourceError | undefined;
  /** Milliseconds between the last failure and the next attempt, where known. */
  readonly retryIn: number | undefined;
};

/** Controls of a stream. The functions of one store are always the same. */
export interface StreamControls {
  /** Drops the connection and reconnects at once, resuming. */
  reconnect(): void;
  /** Opens another stream in place of this one, as after an end. */
  reopen(): void;
  /** Closes the stream for good. A source that others use by `dedupe` stays open for them. */
  close(): void;
}

/** Facts and controls of a stream; a new object whenever something has changed. */
export type Snapshot<Events extends EventMap = Record<string, any>> = Facts<Events> & StreamControls;

/** Options that say which events are shown. */
export interface ViewOptions<Events extends EventMap = Record<string, any>> {
  /** Type, or types, of the events that are shown. Default: all. */
  type?: (keyof Events & string) | readonly (keyof Events & string)[] | undefined;
  /** Called with every event that is shown. */
  onEvent?: ((event: AnyEvent<Events>) => void) | undefined;
}

/**
 * Options of a source and of its view. Unlike a plain source it retries after 503 and the like, as with `retry: {}`,
 * unless `retry` says otherwise.
 */
export type SourceViewOptions<Events extends EventMap = Record<string, any>> = EventSourceOptions &
  ViewOptions<Events> & {
    /**
     * Merges a page's sources with the same URL and options into one, with one connection, if each asks for it. A
     * source that joins later is shown the latest event. A text keeps apart what is otherwise identical. Default:
     * `false`.
     *
     * Functions count as equal, and those of the oldest user are called. Validators, signals and bodies that are no
     * text are equal only to themselves.
     */
    dedupe?: boolean | string | undefined;
  };

/** A stream in the form that framework adapters need: whether something has changed, and the current snapshot. */
export interface Store<Events extends EventMap = Record<string, any>> extends StreamControls {
  /**
   * Calls `listener` after each change, once for all changes in one turn. The stream is opened with the first
   * subscriber and closed with the last, a microtask later. Returns a function that ends the subscription.
   */
  subscribe(listener: () => void): () => void;
  /**
   * Returns the same object until something changes. Throws the error with which opening the stream failed, such as the
   * `TypeError` of a wrong option.
   */
  getSnapshot(): Snapshot<Events>;
  /** Returns the snapshot before anything has been opened, as on a server. */
  getInitialSnapshot(): Snapshot<Events>;
}

/**
 * A stream that a store can be made of: an `EventSource`, a channel, or an object with this part of their interface.
 */
export type StoredStream<Events extends EventMap = Record<string, any>> = Pick<
  EventStream<Events>,
  "state" | "readyState" | "addEventListener" | "onAny" | "close"
> & {
  /** Reconnects at once, where the stream can. */
  reconnect?(): void;
};

/** The absence of a URL or a name: nothing is opened. */
export type Nothing = null | undefined | false;
