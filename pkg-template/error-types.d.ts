// What can go wrong, as types.

/** Why something failed. */
export type ErrorCode =
  /** The connection failed. */
  | "disconnected"
  /** The server ended the stream, and the source connects again, as the standard has it for `GET`. */
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
  /** What `request` or `resume` returned is no request that can be sent. */
  | "request"
  /** The server refuses the CORS preflight that `Last-Event-ID` causes. */
  | "preflight"
  /** The server does not let this page read its answer. */
  | "cors"
  /** The URL is of a kind that is not fetched, or a page's `fetch` refuses the credentials in it. */
  | "url"
  /** The `fetch` that was given returned no answer, or one that can't be read; or the body can't be sent again. */
  | "fetch"
  /** The WebAssembly could not be loaded. */
  | "wasm"
  /** A mistake of the library's own: it ends this source, and no other. */
  | "internal"
  /** An event was larger than `maxEventSize`; it was skipped. */
  | "event-too-large"
  /** The data of an event is not JSON, or not what its schema asks for; it was skipped. */
  | "invalid-data"
  /** The server has refused a channel of a `Mux`; `reason` is its code for that. */
  | "channel"
  /** The server of a `Mux` has sent what its protocol does not know. No channel has ended by it. */
  | "protocol"
  | "complete"
  | "unsupported";

/** What else is known of an error. */
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

/** An event in the middle of which a stream has ended: no blank line has closed it. */
export interface UnfinishedEvent {
  readonly type: string;
  readonly data: string;
}

/** What is delivered with `error` events, and thrown by iteration. Its `cause`, if any, is what the platform threw. */
export class EventSourceError extends Error {
  constructor(code: ErrorCode, message?: string, details?: ErrorDetails);
  readonly name: "EventSourceError";
  readonly code: ErrorCode;
  /** Of an answer that was not an event stream. */
  readonly status?: number;
  /** Of an answer that was not an event stream. */
  readonly headers?: Headers;
  /**
   * The body of an answer that was not an event stream, up to 64 KiB, or as much of it as came within a second.
   * It is not in `message`.
   */
  readonly body?: string;
  /** The first 1024 characters of `body`. */
  readonly excerpt?: string;
  /** Of an event that was refused or not understood: its data as received. */
  readonly data?: string;
  /** Of an event that was refused or not understood. */
  readonly eventType?: string;
  /** Of a channel that was refused: the server's code, such as `forbidden`. */
  readonly reason?: string;
  /** Of an event that its schema refused. */
  readonly issues?: readonly { readonly message: string }[];
  /** Of a stream that ended or broke off: the event in the middle of which it did. It was not delivered. */
  readonly unfinished?: UnfinishedEvent;
  toJSON(): object;
}

/** An `error` event. `readyState` says whether it will be tried again. */
export class EventSourceErrorEvent extends Event {
  constructor(error: EventSourceError, retryIn?: number);
  readonly type: "error";
  readonly error: EventSourceError;
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly message: string;
  /** In how many milliseconds it is tried again; `undefined` where it is not, or the platform does it by itself. */
  readonly retryIn: number | undefined;
}
