// The options of a source.

import type { EventSourceError } from "./error-types.js";

/** As much of [Standard Schema](https://standardschema.dev) as is used: zod, valibot, arktype and others have it. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** Validators by event type. */
export type SchemaMap = { readonly [type: string]: StandardSchema };

/** What `fetch` takes, in whichever library of types there is: the DOM's or Node's. */
export type HeadersInput = NonNullable<RequestInit["headers"]>;
export type BodyInput = NonNullable<RequestInit["body"]>;

/** A function of headers is asked before each attempt. */
export interface HeadersContext {
  /** Counts every attempt of this source, from 1. */
  attempt: number;
  /** The last answer was 401 or 403: a token should not be taken from a cache. */
  unauthorized: boolean;
  /** Aborted when the attempt is. */
  signal: AbortSignal;
}

/** What one attempt is about to ask for. */
export interface RequestContext extends HeadersContext {
  /** The position that is resumed from; empty if there is none. It is sent by itself. */
  lastEventId: string;
  url: string;
  method: string;
  /** By the names that they were given. */
  headers: Record<string, string>;
  body: BodyInput | null | undefined;
}

/** What is changed of a request; the rest stays. */
export interface RequestChanges {
  /** May be relative to the URL of the source. */
  url?: string | URL | undefined;
  /** Parameters of the URL's query, in the place of those of the same names. */
  query?: Record<string, string> | undefined;
  method?: string | undefined;
  /** In the place of those of the same names. */
  headers?: HeadersInput | undefined;
  body?: BodyInput | null | undefined;
}

/** What there is to continue. */
export interface ResumeContext {
  /** Of the last event received, or the option; empty if there is none. */
  lastEventId: string;
  /** The answer to be continued; `undefined` where the source began from a position. */
  response: ResponseHead | undefined;
  /** Counts every attempt of this source, from 1. */
  attempt: number;
  /** Aborted when the attempt is. */
  signal: AbortSignal;
}

/** What is known of an answer. Of another origin's only the headers that it exposes. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered, after redirects. */
  readonly url: string;
}

/**
 * Whether the server goes on where the connection before stopped: `no` (nothing was asked for, or it does not have
 * it any more), `asked` (the answer says nothing about it), `confirmed` (by its `Last-Event-ID` header).
 */
export type Resumed = "no" | "asked" | "confirmed";

type Answer<T> = T | null | undefined | void;

/** When to reconnect. Times are in milliseconds. */
export interface RetryOptions {
  /** The bound of the first wait. Default: 1000; 0 is at once. */
  initialDelay?: number | undefined;
  /** The bound of every wait, the first one among them. Default: 30 000. */
  maxDelay?: number | undefined;
  /** How many times in a row to try again. Default: without end. */
  maxAttempts?: number | undefined;
  /** Whether waits are random up to their bound, which keeps clients apart. Default: true. */
  jitter?: boolean | undefined;
  /** How long a connection must be open until the failures before it are forgotten. Default: 5000. */
  resetAfter?: number | undefined;
}

/**
 * Asked at each failure: a number of milliseconds, `true` to try again after the usual wait, `false` to
 * give up; `undefined` leaves it to the library.
 */
export type RetryFunction = (
  error: EventSourceError,
  context: {
    /** How many there have been in a row, this one among them. */
    failures: number;
  },
) => number | boolean | undefined | void;

/** As much of `fetch` as is called. */
export type FetchFunction = (
  input: string,
  init: Omit<RequestInit, "headers"> & { headers: Record<string, string>; signal: AbortSignal },
) => Promise<Response>;

/** What a `logger` needs: `console`, and most libraries for logging, have it. */
export interface Logger {
  debug(message: string, ...details: unknown[]): void;
}

export interface EventSourceOptions<Schemas extends SchemaMap = SchemaMap> {
  /** Whether cookies are sent to another origin. Default: `false`. */
  withCredentials?: boolean | undefined;
  /** Request headers, or a function that is asked for them before each attempt. */
  headers?: HeadersInput | ((context: HeadersContext) => HeadersInput | PromiseLike<HeadersInput>) | undefined;
  /**
   * Default: `GET`. A method that is not safe (RFC 9110, section 9.2.1), such as `POST`, is sent once, whatever
   * breaks; see `idempotent` and `resume`. Only after a 401 or 403 the request is sent again with new headers.
   */
  method?: string | undefined;
  /** A stream is sent once. */
  body?: BodyInput | null | undefined;
  /**
   * Used instead of the global `fetch`. `init.headers` is a plain object, which can be spread. Whatever it returns
   * that is no answer is one final error with the code `fetch`; when it rejects with an error, that is a failure of
   * the network, and tried again.
   */
  fetch?: FetchFunction | undefined;
  /**
   * What becomes of an answer that redirects. Default: `follow`, by which the platform sends the request's headers
   * on, except for `Authorization` to another origin. `error` makes it a failure of the attempt, so that nothing is
   * sent anywhere else. Needs fetch.
   */
  redirect?: "follow" | "error" | undefined;
  /** Closes the source. One that is aborted already sends nothing. */
  signal?: AbortSignal | null | undefined;
  /**
   * Shares one connection with the other tabs, windows, frames and workers of the origin whose sources have
   * the same URL, the same `withCredentials` and the same text here. The connection is made with the options
   * of the tab that leads: where headers or cookies tell who the user is, let the text name the user. Needs
   * `import 'everstream/shared'`. Only for `GET`; excludes the transport `native` and `pauseWhenHidden`.
   * Comments are not handed on. A listener, validator or loop that takes its time does not hold the server
   * up: beyond about 16 MiB the older half of what waits for it gives way to a `gap`. `origin` of an event is
   * that of the URL. Default: each source has its own connection.
   */
  shared?: string | undefined;
  /**
   * `auto` is `fetch`; but on another origin, as long as nothing needs `fetch`, it is the platform's own
   * `EventSource`, which alone sends `Last-Event-ID` there without a preflight. `native` is always that.
   * Default: `auto`.
   */
  transport?: "auto" | "native" | "fetch" | undefined;
  /** Milliseconds of silence after which a connection is taken for dead. Default: never. */
  heartbeatTimeout?: number | undefined;
  /**
   * Milliseconds that an attempt may take to open; doubled after each that took longer, up to eight times. Default:
   * none, as the standard has it and where a request is sent only once; with `retry` 30 000.
   */
  openTimeout?: number | undefined;
  /** Closes the connection while the page is hidden, and resumes when it is shown. */
  pauseWhenHidden?: boolean | undefined;
  /**
   * When to reconnect. Left out, it is as the standard has it: after the reconnection time, and never
   * after a status other than 200. Given, if only as `{}`: with growing random waits, and also after
   * 408, 425, 429 and 5xx, as `Retry-After` asks. `false`: never.
   */
  retry?: RetryOptions | RetryFunction | false | undefined;
  /** The position to begin from. */
  lastEventId?: string | undefined;
  /** The query parameter for the position where its header can't be sent; `""` turns it off. Default: `lastEventId`. */
  lastEventIdParam?: string | undefined;
  /** In bytes. A larger event is skipped with an error. Default: 16 MiB. */
  maxEventSize?: number | undefined;
  /** Parses the data of every event. Empty data is `undefined`. */
  json?: boolean | undefined;
  /** Decodes the data of every event, or of those of the types named, from base64 to `Uint8Array`. */
  bytes?: boolean | readonly string[] | undefined;
  /** The request may be repeated though its method is not safe. Default: `false`. */
  idempotent?: boolean | undefined;
  /**
   * What follows when the server ends the stream cleanly. Default: `reconnect` where the request may be repeated or
   * its answer is continued, else `close`.
   */
  end?: "reconnect" | "close" | undefined;
  /**
   * How an answer is continued that broke off, or that the server closed at will: by `GET` to the same URL with
   * `Last-Event-ID` (as MCP has it), or by the request that the function describes, by default a `GET` with the
   * source's headers. Nothing returned: it is not continued. With `lastEventId` the source begins by continuing.
   * The answer is complete at `until`, at status 204, or where a continuation brings nothing more.
   */
  resume?:
    | "get"
    | ((context: ResumeContext) => Answer<RequestChanges> | PromiseLike<Answer<RequestChanges>>)
    | undefined;
  /** Asked before each attempt, after `headers`: may change URL, query, method, headers and body. */
  request?:
    | ((context: RequestContext) => Answer<RequestChanges> | PromiseLike<Answer<RequestChanges>>)
    | undefined;
  /**
   * Where the stream ends: at the event whose data is this text (such as `[DONE]`, which is not delivered), or where
   * the function says so of the event as received: `true` ends before the event, `'last'` behind it.
   */
  until?:
    | string
    | ((event: { type: string; data: string; lastEventId: string }) => boolean | "last" | undefined | void)
    | undefined;
  /** How IDs follow one another: where they don't, a `gap` is told. `integers`: each is one more. Default: unknown. */
  follows?: "integers" | ((previous: string, next: string) => boolean) | undefined;
  /** Whether the server resends what came behind a position. If not, each reconnect is a `gap`. Default: `true`. */
  replays?: boolean | undefined;
  /** Delivers the event that no blank line has closed at the end of a stream. Default: `false`, as the standard has it. */
  deliverUnfinished?: boolean | undefined;
  /**
   * Told each decision and its reason, such as why it reconnects: attempts, answers, waits, gaps, ends, and what
   * the page went through. Queries of URLs, headers and data are not among it. In a page
   * `localStorage.everstream = 'debug'` has all sources that are made afterwards write to the console. Default: none.
   */
  logger?: Logger | undefined;
  /** Validators by event type. Data that is refused is an `error` event; the stream goes on. */
  schemas?: (Schemas & SchemaMap) | undefined;
}
