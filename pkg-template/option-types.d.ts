// The options of a source.

import type { EventSourceError } from "./error-types.js";

/**
 * The part of [Standard Schema](https://standardschema.dev) that is used. zod, valibot, arktype and others implement
 * it.
 */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Checks a value, and may change it. */
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** Result of a validator: a value, or the reasons why there is none. */
type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** Validators by event type. */
export type SchemaMap = { readonly [type: string]: StandardSchema };

/** Headers that `fetch` accepts, in whichever type library there is: the DOM's or Node's. */
export type HeadersInput = NonNullable<RequestInit["headers"]>;
/** Bodies that `fetch` accepts, likewise. */
export type BodyInput = NonNullable<RequestInit["body"]>;

/** Argument of a `headers` function, which is called before each attempt. */
export interface HeadersContext {
  /** Number of the attempt, counting every attempt of this source from 1. */
  attempt: number;
  /** Whether the last answer was 401 or 403, so that a token should not come from a cache. */
  unauthorized: boolean;
  /** Aborts together with the attempt. */
  signal: AbortSignal;
}

/** Describes the request that an attempt is about to send. */
export interface RequestContext extends HeadersContext {
  /** The last event ID that is resumed from; empty if there is none. The library sends it by itself. */
  lastEventId: string;
  url: string;
  method: string;
  /** Headers under the names that they were given. */
  headers: Record<string, string>;
  body: BodyInput | null | undefined;
}

/** Changes to a request. Members that are left out stay as they are. */
export interface RequestChanges {
  /** The URL; may be relative to the URL of the source. */
  url?: string | URL | undefined;
  /** Parameters of the URL's query. Each replaces those of the same name. */
  query?: Record<string, string> | URLSearchParams | undefined;
  method?: string | undefined;
  /** Headers. Each replaces those of the same name. */
  headers?: HeadersInput | undefined;
  body?: BodyInput | null | undefined;
}

/** Describes the answer to be continued. */
export interface ResumeContext {
  /** ID of the last event received, or the option `lastEventId`; empty if there is none. */
  lastEventId: string;
  /** The answer to be continued; `undefined` if the source began from a last event ID. */
  response: ResponseHead | undefined;
  /** Number of the attempt, counting every attempt of this source from 1. */
  attempt: number;
  /** Aborts together with the attempt. */
  signal: AbortSignal;
}

/** Status, headers and URL of an answer. From another origin, only the headers that it exposes are known. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered, after redirects. */
  readonly url: string;
}

/**
 * Whether the server goes on where the previous connection stopped.
 *
 * - `no`: nothing was asked for, or the server doesn't have it any more.
 * - `asked`: the answer says nothing about it.
 * - `confirmed`: the answer confirms it by its `Last-Event-ID` header.
 */
export type Resumed = "no" | "asked" | "confirmed";

/** Answer of a function that may also leave the decision to the default, by returning nothing. */
type Answer<T> = T | null | undefined | void;

/** Timing of reconnects. Times are in milliseconds. */
export interface RetryOptions {
  /** Upper bound of the first wait. Default: 1000. With 0 the source retries at once. */
  initialDelay?: number | undefined;
  /** Upper bound of every wait, including the first. Default: 30 000. */
  maxDelay?: number | undefined;
  /** Number of retries in a row. Default: no limit. */
  maxAttempts?: number | undefined;
  /** Whether waits are random up to their bound, which keeps clients apart. Default: true. */
  jitter?: boolean | undefined;
  /** Time that a connection must be open before the failures before it are forgotten. Default: 5000. */
  resetAfter?: number | undefined;
}

/**
 * Called at each failure. Returns a number of milliseconds, `true` to retry after the usual wait, `false` to give up,
 * or `undefined` to leave the decision to the library.
 */
export type RetryFunction = (
  error: EventSourceError,
  context: {
    /** Number of failures in a row, including this one. */
    failures: number;
  },
) => number | boolean | undefined | void;

/** The part of `fetch` that is called. */
export type FetchFunction = (
  input: string,
  init: Omit<RequestInit, "headers"> & { headers: Record<string, string>; signal: AbortSignal },
) => Promise<Response>;

/** The method that a `logger` needs. `console` and most logging libraries have it. */
export interface Logger {
  /** Receives one line for each decision. */
  debug(message: string): void;
}

/** Options of a source. All times are in milliseconds. Options that are absent or `undefined` have their default. */
export interface EventSourceOptions<Schemas extends SchemaMap = SchemaMap> {
  /** Whether cookies are sent to another origin. Default: `false`. */
  withCredentials?: boolean | undefined;
  /** Request headers, or a function that is called for them before each attempt. */
  headers?: HeadersInput | ((context: HeadersContext) => HeadersInput | PromiseLike<HeadersInput>) | undefined;
  /**
   * Request method. Default: `GET`. A method that is not safe (RFC 9110, section 9.2.1), such as `POST`, is sent once,
   * whatever breaks; see `idempotent` and `resume`. The same holds for a method that `request` sets. Only after a 401 or
   * 403 is the request sent again, with new headers.
   */
  method?: string | undefined;
  /** Request body. A stream is sent once. Outside of pages it may be any async iterable, such as a stream of Node's. */
  body?: BodyInput | null | undefined;
  /**
   * Replaces the global `fetch`. `init.headers` is a plain object, which can be spread. A result that is no answer is a
   * final error with the code `fetch`. A rejection with an error is a network failure, and is retried.
   */
  fetch?: FetchFunction | undefined;
  /**
   * Handling of redirects. With `follow`, the default, the platform passes the request's headers on, except for
   * `Authorization` to another origin. With `error` a redirect is a failure of the attempt, so nothing is sent anywhere
   * else. Needs fetch.
   */
  redirect?: "follow" | "error" | undefined;
  /** Closes the source when aborted. If it is aborted already, the source sends nothing. */
  signal?: AbortSignal | null | undefined;
  /**
   * Shares one connection with other tabs, windows, frames and workers of the origin. Sources share a connection when
   * their URL, `withCredentials` and `shared` text are equal. Default: each source has its own connection.
   *
   * - Needs `import 'everstream/shared'`. Only for `GET`; excludes the transport `native` and `pauseWhenHidden`.
   * - The leading tab's options are used for the connection. Where headers or cookies tell who the user is, the text
   *   must name the user.
   * - Comments are not relayed. An event's `origin` is that of the URL.
   * - A slow listener, validator or loop doesn't hold the server up. Beyond about 16 MiB, a `gap` replaces the older
   *   half of the events that wait for it.
   */
  shared?: string | undefined;
  /**
   * Transport that receives the stream. Default: `auto`.
   *
   * - `auto` is `fetch`. On another origin it is the platform's `EventSource`, as long as nothing needs `fetch`,
   *   because that alone sends `Last-Event-ID` there without a preflight.
   * - `native` is always the platform's `EventSource`.
   */
  transport?: "auto" | "native" | "fetch" | undefined;
  /** Milliseconds of silence after which a connection counts as dead. Default: never. */
  heartbeatTimeout?: number | undefined;
  /**
   * Milliseconds that an attempt may take to open; doubled after each that took longer, up to eight times the value.
   * Default: none, as in the standard and for a request that is sent only once; with `retry` 30 000.
   */
  openTimeout?: number | undefined;
  /** Closes the connection while the page is hidden, and resumes when it is shown. */
  pauseWhenHidden?: boolean | undefined;
  /**
   * When to reconnect. Default: as in the standard, after the reconnection time, and never after a status other than
   * 200. If given, even as `{}`, waits are random and grow, and the source also retries after 408, 425, 429 and 5xx, as
   * `Retry-After` asks. `false`: never.
   */
  retry?: RetryOptions | RetryFunction | false | undefined;
  /** The last event ID to begin from. */
  lastEventId?: string | undefined;
  /**
   * Query parameter for the last event ID where its header can't be sent; `""` turns it off. Default: `lastEventId`.
   */
  lastEventIdParam?: string | undefined;
  /** Maximum size of an event in bytes. A larger event is skipped with an error. Default: 16 MiB. */
  maxEventSize?: number | undefined;
  /** Parses the data of every event as JSON. Empty data becomes `undefined`. */
  json?: boolean | undefined;
  /** Decodes the data of every event, or of those of the types named, from base64 to `Uint8Array`. */
  bytes?: boolean | readonly string[] | undefined;
  /** Allows the request to be repeated though its method is not safe. Default: `false`. */
  idempotent?: boolean | undefined;
  /**
   * Action when the server ends the stream cleanly. Default: `reconnect` where the request may be repeated or its
   * answer is continued, else `close`.
   */
  end?: "reconnect" | "close" | undefined;
  /**
   * Continues an answer that broke off, or that the server closed at will.
   *
   * - `'get'` sends a `GET` to the same URL with `Last-Event-ID`, as in MCP.
   * - A function describes the request, by default a `GET` with the source's headers. If it returns nothing, the answer
   *   is not continued.
   *
   * With `lastEventId` the source begins by continuing. The answer is complete at `until`, at status 204, or when a
   * continuation brings nothing more.
   */
  resume?:
    | "get"
    | ((context: ResumeContext) => Answer<RequestChanges> | PromiseLike<Answer<RequestChanges>>)
    | undefined;
  /** Called before each attempt, after `headers`. May change URL, query, method, headers and body. */
  request?:
    | ((context: RequestContext) => Answer<RequestChanges> | PromiseLike<Answer<RequestChanges>>)
    | undefined;
  /**
   * Ends the stream at an event. A text ends it at the event whose data is this text, such as `[DONE]`, which is not
   * delivered. It counts without a blank line after it, too, where the server ends the stream. A function receives the
   * event as it arrived: `true` ends the stream before the event, `'last'` after it.
   */
  until?:
    | string
    | ((event: { type: string; data: string; lastEventId: string }) => boolean | "last" | undefined | void)
    | undefined;
  /**
   * Order of IDs. An ID that doesn't follow the previous one is a `gap`. `integers`: each ID is one more. Default:
   * unknown.
   */
  follows?: "integers" | ((previous: string, next: string) => boolean) | undefined;
  /**
   * Whether the server resends the events after a last event ID. If not, each reconnect is a `gap`. Default: `true`.
   */
  replays?: boolean | undefined;
  /** Delivers the event at the end of a stream that no blank line has closed. Default: `false`, as in the standard. */
  deliverUnfinished?: boolean | undefined;
  /**
   * Receives each decision and its reason, such as why the source reconnects: attempts, answers, waits, gaps, ends, and
   * what happened to the page. Queries of URLs, headers and data are left out. All sources created after
   * `localStorage.everstream = 'debug'` in a page write to the console. Default: none.
   */
  logger?: Logger | undefined;
  /** Validators by event type. Data that is refused causes an `error` event; the stream goes on. */
  schemas?: (Schemas & SchemaMap) | undefined;
}
