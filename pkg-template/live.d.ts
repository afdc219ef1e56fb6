// The types of `everstream/live`.

import type { StoredStream } from "./store-types.js";
import type { AnyEvent, EventMap } from "./types.js";

/** Whether the state that is shown is the server's. */
export type Freshness =
  /** Nothing has been loaded since the first subscriber came. `state` may be an earlier one, or `initial`. */
  | "loading"
  /** The state follows the server's. */
  | "live"
  /** Changes may be missing, or the stream isn't open. Another load or the stream will mend it. */
  | "stale"
  /** The stream has failed for good, or `retry` gave up. The state stays as it was. */
  | "failed";

/** What went wrong. */
export type LiveErrorCode =
  /** `load`, `position` or `versions` failed, or returned nothing. `cause` has the reason. */
  | "load"
  /** The loaded state is older than the one shown, or than an event that arrived before. */
  | "older"
  /** The load took longer than `loadTimeout`. */
  | "slow"
  /** More events arrived during the load than `capacity`. */
  | "overflow"
  /** `reduce`, `key` or `version` failed. `cause` has the reason. */
  | "reduce"
  /** The stream could not be opened, or has failed for good. `cause` has the reason. */
  | "stream";

/** An error of a live state. After all but `stream` the state is loaded again by itself. */
export declare class LiveError extends Error {
  readonly code: LiveErrorCode;
  /** Creates an error as a live state tells it, for tests. */
  constructor(code: LiveErrorCode, message: string, cause?: unknown);
}

/** A live state at one moment; a new object whenever something has changed. */
export interface LiveSnapshot<State> {
  /** The state; `initial` before the first load. */
  readonly state: State | undefined;
  readonly freshness: Freshness;
  /** The time since which the state is stale; `undefined` unless it is. */
  readonly since: Date | undefined;
  /** The last error, until a state is loaded. */
  readonly error: LiveError | undefined;
  /** Loads the state again, at once or after `minInterval`. */
  reload(): void;
}

/** A store as `everstream/store` has them, which `useLive` of the adapters takes. */
export interface LiveStore<Snapshot> {
  /**
   * Calls `listener` after each change, once for all changes in one turn. The stream is followed from the first
   * subscriber to the last, a microtask later. Returns a function that ends the subscription.
   */
  subscribe(listener: () => void): () => void;
  /** Returns the same object until something changes. */
  getSnapshot(): Snapshot;
  /** Returns the snapshot before anything has been loaded, as on a server. */
  getInitialSnapshot(): Snapshot;
}

/** A live state as a store. */
export interface Live<State> extends LiveStore<LiveSnapshot<State>> {
  /** Loads the state again, at once or after `minInterval`. */
  reload(): void;
}

/** Times are in milliseconds. */
export interface LiveOptions<State, Events extends EventMap = Record<string, any>> {
  /**
   * Requests the server's current state. A failure is followed by another load, after a wait that grows. The answer must
   * not come from a cache.
   */
  load(request: { readonly signal: AbortSignal }): State | Promise<State>;
  /**
   * The stream of changes: an `EventSource` or a channel, or a function that opens one. What the function opens is closed
   * with the last subscriber.
   */
  source: StoredStream<Events> | (() => StoredStream<Events>);
  /** Returns the state after an event. Must not change the state that it is given. */
  reduce(state: State, event: AnyEvent<Events>): State;
  /** Type, or types, of the events that change the state. Default: all. */
  type?: (keyof Events & string) | readonly (keyof Events & string)[] | undefined;
  /**
   * Returns the position that a loaded state stands for. Event IDs are then its positions: whole numbers, or
   * `<epoch>-<seq>`.
   */
  position?: ((state: State) => string | number | null | undefined) | undefined;
  /** Returns the key of the item that an event changes. Given together with `version`. */
  key?: ((event: AnyEvent<Events>) => string | number) | undefined;
  /** Returns the version of the item after an event. */
  version?: ((event: AnyEvent<Events>) => number) | undefined;
  /** Returns key and version of each item of a loaded state. */
  versions?: ((state: State) => Iterable<readonly [key: string | number, version: number]>) | undefined;
  /** The state that is shown while the first load is under way, such as one rendered on a server. */
  initial?: State | undefined;
  /** Called with a failure of `load` and the number of failures in a row. `false` gives up until `reload` or a gap. */
  retry?: ((error: unknown, failures: number) => boolean | undefined) | undefined;
  /** Called with each error. */
  onError?: ((error: LiveError) => void) | undefined;
  /** Least time between the starts of two loads. Default: 1000. */
  minInterval?: number | undefined;
  /** Wait after the first failed load; it doubles with each further one. Default: 1000. */
  backoff?: number | undefined;
  /** Longest wait after a failed load. Default: 30 000. */
  maxBackoff?: number | undefined;
  /** Span over which clients spread the loads that a gap causes. Default: 1000. */
  jitter?: number | undefined;
  /** Time after which a load is aborted and counts as failed. Default: 30 000. */
  loadTimeout?: number | undefined;
  /** Time after which a first load begins although the stream is not open. Default: 2000. */
  openPatience?: number | undefined;
  /** Number of events that are kept during a load. Default: 1024. */
  capacity?: number | undefined;
}

/**
 * Creates a live state: loads it, applies the events of a stream to it, and loads it again after a gap. Throws a
 * `TypeError` for an option that is wrong.
 */
export function createLive<State, Events extends EventMap = Record<string, any>>(
  options: LiveOptions<State, Events>,
): Live<State>;
