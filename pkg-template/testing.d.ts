// The types of `everstream/testing`: a server and a clock within a test.

import type { FetchFunction } from "./option-types.js";

/** A clock that a test moves. While it is installed, timers fire when the test advances it. */
export class VirtualClock {
  /**
   * Replaces `setTimeout`, `setInterval`, their counterparts, `Date.now` and `performance.now` by those of the clock,
   * which begins at the present time and stands still.
   */
  constructor();
  /** Milliseconds by which the clock has been advanced. */
  readonly elapsed: number;
  /**
   * Fires every timer that is due within this time, in order, and lets everything happen that follows from each
   * before the next. Throws a `RangeError` for a negative time.
   */
  advance(milliseconds: number): Promise<void>;
  /** Lets everything happen that needs no timer. */
  settle(): Promise<void>;
  /** Puts the platform's functions back. Timers that have not fired are forgotten. */
  restore(): void;
}

/** Options of a `TestStream`. */
export interface TestStreamOptions {
  /** Milliseconds between the comments that are sent on each connection. Default: 0, which sends none. */
  heartbeat?: number;
  /** Whether each event has an ID: 1, 2, 3 and so on. Default: true. */
  ids?: boolean;
}

/** A request that a stream has received. */
export interface TestRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  /** The last event ID that was sent, by header or by the query parameter `lastEventId`. Empty if there was none. */
  readonly lastEventId: string;
  /** The status that the stream answered with. */
  readonly status: number;
}

/** A stream of a `TestServer`: a log of events, from which a reader resumes, and the faults that a test wants. */
export class TestStream {
  /** Creates a stream that no server has; `TestServer.stream` creates one at a path. */
  constructor(options?: TestStreamOptions);
  /** All requests, the oldest first. */
  readonly requests: readonly TestRequest[];
  /** Number of open connections. */
  readonly connections: number;
  /** Sends an event on all connections, and keeps it in the log. What is no text is sent as JSON. */
  send(data: unknown, options?: { type?: string }): void;
  /** Sends text as it is on all connections, without keeping it. */
  write(text: string): void;
  /** Breaks all connections. */
  cut(): void;
  /** Ends all connections cleanly. */
  end(): void;
  /** Lets all connections that are open now deliver nothing more, as if the network had died. New ones work. */
  silence(): void;
  /** Answers the next requests with this status. Default: one request. */
  refuse(status: number, options?: { times?: number; headers?: Record<string, string>; body?: string }): void;
  /** Breaks all connections, as a restart does. With `log: false` the events so far are forgotten. */
  restart(options?: { log?: boolean }): void;
}

/** A server that exists in the test alone. */
export class TestServer {
  /** Adds a stream at a path. Throws if there is one. */
  stream(path: string, options?: TestStreamOptions): TestStream;
  /** The network of a source: give it as the option `fetch`. Unknown paths are answered with 404. */
  readonly fetch: (input: string | URL, init?: RequestInit) => Promise<Response>;
}

/**
 * Opens a source of this class on a server of its own, and closes it. Call it once before the tests: the first source
 * of a process compiles its core, which takes real time, while a virtual clock stands still. Rejects with the `error`
 * event if the source doesn't open.
 */
export function warmUp(
  Source: new (url: string, options: { fetch: FetchFunction }) => EventTarget & { close(): void },
): Promise<void>;
