// The types of errors.

/** Reason for a failure. */
export type ErrorCode =
  /** The connection failed. */
  | "disconnected"
  /** The server ended the stream, and the source reconnects, as the standard has it for `GET`. */
  | "ended"
  /** The server answered, but not with an event stream. */
  | "response"
  /** The server ended the stream for good, by status 204. */
  | "no-content"
  | "open-timeout"
  | "heartbeat-timeout"
  /** A connection that had been open while the page was frozen or offline was replaced. */
  | "replaced"
  /** The `headers`, `request` or `resume` function failed, or the headers can't be sent. */
  | "headers"
  /** `request` or `resume` returned a request that can't be sent. */
  | "request"
  /** The server refuses the CORS preflight that `Last-Event-ID` causes. */
  | "preflight"
  /** The server does not let this page read its answer. */
  | "cors"
  /** The URL has a scheme that is not fetched, or credentials that a page's `fetch` refuses. */
  | "url"
  /** The given `fetch` returned no answer, or one that can't be read; or the body can't be sent again. */
  | "fetch"
  /** The WebAssembly could not be loaded. */
  | "wasm"
  /** A bug in the library: it ends this source, and no other. */
  | "internal"
  /** An event was larger than `maxEventSize`; it was skipped. */
  | "event-too-large"
  /** The data of an event is not JSON, or doesn't match its schema; the event was skipped. */
  | "invalid-data"
  /** The server has refused a channel of a `Mux`; `reason` is its code for that. */
  | "channel"
  /** The server of a `Mux` has sent something that its protocol doesn't define. No channel has ended by it. */
  | "protocol"
  | "complete"
  | "unsupported";

/** Details of an error. */
export interface ErrorDetails {
  cause?: unknown;
  status?: number | undefined;
  headers?: Headers | undefined;
  body?: string | undefined;
  excerpt?: string | undefined;
  data?: string | undefined;
  eventType?: string | undefined;
  reason?: string | undefined;
  issues?: readonly { readonly message: string }[] | undefined;
  unfinished?: UnfinishedEvent | undefined;
}

/** An event in the middle of which a stream has ended, before the blank line that completes it. */
export interface UnfinishedEvent {
  readonly type: string;
  readonly data: string;
}

/**
 * The error of an `error` event, and the one that iteration throws. Its `cause`, if any, was thrown by the platform.
 */
export class EventSourceError extends Error {
  /** Creates an error as a source reports it, for tests and for streams of your own. */
  constructor(code: ErrorCode, message?: string, details?: ErrorDetails);
  readonly name: "EventSourceError";
  readonly code: ErrorCode;
  /** Status of an answer that was not an event stream. */
  readonly status?: number;
  /** Headers of an answer that was not an event stream. */
  readonly headers?: Headers;
  /**
   * Body of an answer that was not an event stream, up to 64 KiB, or as much of it as arrived within a second.
   * `message` doesn't contain it.
   */
  readonly body?: string;
  /** The first 1024 characters of `body`. */
  readonly excerpt?: string;
  /** Data, as received, of an event that was refused or not understood. */
  readonly data?: string;
  /** Type of an event that was refused or not understood. */
  readonly eventType?: string;
  /** The server's code for refusing a channel, such as `forbidden`. */
  readonly reason?: string;
  /** Issues for which a schema refused an event. */
  readonly issues?: readonly { readonly message: string }[];
  /** The event in the middle of which the stream ended or broke off. It was not delivered. */
  readonly unfinished?: UnfinishedEvent;
  /** Returns the fields that consoles and loggers show. */
  toJSON(): object;
}

/** An `error` event. The target's `readyState` says whether it retries. */
export class EventSourceErrorEvent extends Event {
  /** Creates an event as a source dispatches it, for tests and for streams of your own. */
  constructor(error: EventSourceError, retryIn?: number);
  readonly type: "error";
  readonly error: EventSourceError;
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly message: string;
  /** Milliseconds until the next attempt; `undefined` if there is none, or if the platform reconnects by itself. */
  readonly retryIn: number | undefined;
}
