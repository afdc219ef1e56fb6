// Checks a source's options and completes them with defaults.

import { check, refuse, RETRY_RULES, RULES } from "./check.js";
import { type Log, logOf } from "./log.js";
import { Flag } from "./tables.js";
import type { HeadersContext, Options } from "./options.js";
import { credentialsRefused, type EventSourceError } from "./problem.js";
import { shown } from "./show.js";

/** Everything about a source that stays the same from attempt to attempt. */
export interface Settings {
  /** URL without user and password, except for the native `EventSource`. */
  url: URL;
  method: string;
  headers: HeadersInit | undefined;
  provider: ((context: HeadersContext) => HeadersInit | PromiseLike<HeadersInit>) | undefined;
  /** User and password of the URL as an `Authorization` value. */
  authorization: string | undefined;
  body: BodyInit | null | undefined;
  credentials: RequestCredentials;
  fetch: typeof fetch;
  redirect: RequestRedirect;
  /** Whether `fetch` is the user's, which may return anything. */
  isOwnFetch: boolean;
  /** Whether the platform's `EventSource` is used: always, or with `"auto"` as long as nothing needs fetch. */
  native: boolean | "auto";
  crossOrigin: boolean;
  /** Whether no `retry` option was given, so that failures which the standard calls final are final. */
  standard: boolean;
  /** Options that may be user functions, which are called for each attempt, failure or event, and one that they need. */
  asked: Pick<Options, "retry" | "resume" | "request" | "until" | "follows" | "idempotent">;
  pauses: boolean;
  lastEventId: string;
  lastEventIdParam: string;
  maxEventSize: number;
  /** Receives each decision, if the user asked for a log. */
  log: Log | undefined;
  /** The error with which every attempt would fail. */
  refused: EventSourceError | undefined;
  /** Numeric options, in the order in which the core reads them. */
  numbers: Float64Array;
}

const DEFAULT_MAX_EVENT_SIZE = 16 * 1024 * 1024;

/** Resolves a URL as the standard's constructor does. */
export function resolve(url: string): URL {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  let resolved: URL | undefined;
  try {
    resolved = new URL(url, base);
  } catch {
    // The error below covers an unparsable URL.
  }
  // Chromium's parser accepts, and encodes, characters that no domain may contain, such as a space.
  if (!resolved || (/^https?:$/.test(resolved.protocol) && resolved.hostname.includes("%"))) {
    const remedy = base ? "" : " There is no page here to resolve it against: give it with scheme and host.";
    throw new DOMException(`Cannot open an EventSource to '${shown(url)}': it is not a valid URL.${remedy}`, "SyntaxError");
  }
  return resolved;
}

/**
 * Returns a copy of the options. Throws if no source can be made of them, or if the platform lacks what it needs.
 */
export function checkOptions(given: Options | null | undefined): Options {
  const options = check(given, RULES);
  const { retry, headers, method, fetch, body, transport, redirect } = options;
  const missing = ["EventTarget", "Event", "TextEncoder", "TextDecoder", "Headers", "AbortController", ...(fetch ? [] : ["fetch"])].filter(
    (name) => !(name in globalThis),
  );
  if (missing.length) {
    throw new TypeError(
      `an EventSource can't work here: there is no ${missing.map((name) => `\`${name}\``).join(", ")}. ` +
        "Jest's jsdom and React Native have to be given what they lack before the package is imported",
    );
  }
  if (!/^(auto|native|fetch)$/.test(transport ?? "auto")) refuse("transport", "it is 'auto', 'native' or 'fetch'");
  if (!/^(follow|error)$/.test(redirect ?? "follow")) refuse("redirect", "it is 'follow' or 'error'");
  if (!isSendable(body, !!fetch)) refuse("body", BODIES);
  if (typeof retry === "object") options.retry = check(retry, RETRY_RULES, "retry.");
  if (method !== undefined && !/^[\w!#$%&'*+.^`|~-]+$/.test(method)) refuse("method", "it is a token of RFC 9110");
  if (!fetch && /^(connect|trace|track)$/i.test(method ?? "")) refuse("method", `\`fetch\` does not send ${method}`);
  if (headers && typeof headers !== "function") {
    // Copied, because an iterator can be read only once.
    options.headers = (Symbol.iterator in headers ? [...(headers as Iterable<[string, string]>)] : { ...headers }) as HeadersInit;
    try {
      new Headers(options.headers);
    } catch (cause) {
      refuse("headers", (cause as Error).message);
    }
  }
  return options;
}

export const BODIES = "it is text, bytes, a form or a stream; use `JSON.stringify` for JSON";

/**
 * Whether `fetch` sends what a body holds: text or bytes. Of any other object it would send the name: `[object
 * Object]`. Outside of pages it also reads Node's streams and other async iterables.
 */
export const isSendable = (body: unknown, isOwnFetch: boolean): boolean =>
  body == null ||
  typeof body === "string" ||
  (isStream(body) && (isOwnFetch || !("origin" in globalThis))) ||
  (Object(body) === body && !/^\[object (Object|Array|Map|Set|Promise|\w*(Function|Generator))\]/.test(Object.prototype.toString.call(body)));

/** Whether a body is a stream, which can be read once: the platform's, Node's, or any async iterable. */
export const isStream = (body: unknown): body is AsyncIterable<unknown> & Partial<ReadableStream> =>
  Object(body) === body && (Symbol.asyncIterator in (body as object) || "getReader" in (body as object));

/** Returns user and password of a URL as a header value (RFC 7617), if it has any. */
function basic({ username, password }: URL): string | undefined {
  if (!username && !password) return undefined;
  const plain = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return `Basic ${btoa(byteString(`${plain(username)}:${plain(password)}`))}`;
}

/** Encodes text as one character for each of its UTF-8 bytes, as header values require. */
export function byteString(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** Whether a request may be repeated: its method is safe (RFC 9110, section 9.2.1), or the user says that it may. */
export const isRepeatable = (method: string, { idempotent }: Pick<Options, "idempotent">): boolean =>
  !!idempotent || /^(get|head|options|trace|query|propfind|report|search)$/i.test(method);

export function settle(given: URL, options: Options): Settings {
  const method = options.method ?? "GET";
  const { headers, body, retry, resume, request, until, follows, end } = options;
  const provider = typeof headers === "function" ? headers : undefined;
  const timing = typeof retry === "object" ? retry : {};
  const isNative = options.transport === "native";
  const { origin } = globalThis as { origin?: string };
  const lastEventId = options.lastEventId ?? "";
  const maxEventSize = options.maxEventSize ?? DEFAULT_MAX_EVENT_SIZE;

  if (isNative && (method !== "GET" || headers || body != null || options.fetch || options.redirect || request || resume)) {
    refuse("transport", "the native EventSource sends no headers, method or body; use 'auto' or 'fetch'");
  }
  if (isNative && (end === "close" || options.deliverUnfinished || options.maxEventSize)) {
    refuse("transport", "the native EventSource shows no clean end and has no size limit; use 'auto' or 'fetch'");
  }
  if (isNative && !Native) refuse("transport", "there is no native EventSource here; use 'auto' or 'fetch'");
  if (body != null && /^(get|head)$/i.test(method)) {
    refuse("body", "a GET or HEAD request has none; set `method: 'POST'`");
  }
  if (isStream(body) && body.locked) refuse("body", "the stream is locked or has been read");

  const url = new URL(given);
  const authorization = isNative ? undefined : basic(url);
  if (authorization) url.username = url.password = "";
  const crossOrigin = origin !== undefined && origin !== url.origin;
  // The native `EventSource` sends `Last-Event-ID` to another origin without a preflight, which `fetch` can't.
  const isAuto = crossOrigin && !!Native && Object.entries(options).every(suitsNative) && options.transport !== "fetch";
  const native = isNative || (isAuto && !authorization && "auto");
  const repeats = isRepeatable(method, options);
  if (!/^(reconnect|close)$/.test(end ?? "close")) refuse("end", "it is 'reconnect' or 'close'");
  if (end === "reconnect" && !repeats && !resume) {
    refuse("end", `a ${method} request is sent once; say that it is \`idempotent\`, or how to \`resume\` its answer`);
  }
  const flags =
    (isNative ? Flag.Native : native ? Flag.Auto : 0) |
    (repeats ? 0 : Flag.Once) |
    (resume === "get" ? Flag.ContinuesByGet : resume ? Flag.Continues : 0) |
    ((end ?? (repeats || resume ? "" : "close")) === "close" ? Flag.ClosesAtEnd : 0) |
    (options.deliverUnfinished ? Flag.DeliversUnfinished : 0) |
    (options.replays === false ? Flag.NoReplay : 0) |
    (follows === "integers" ? Flag.FollowsIntegers : follows ? Flag.AsksFollows : 0) |
    (typeof until === "string" ? Flag.UntilText : until ? Flag.AsksUntil : 0) |
    (crossOrigin ? Flag.CrossOrigin : 0) |
    (options.lastEventIdParam === "" ? 0 : Flag.Query) |
    (options.lastEventIdParam ? Flag.QueryNamed : 0) |
    (provider || request ? Flag.Refreshable : 0) |
    (options.pauseWhenHidden ? Flag.Pauses : 0) |
    (retry ? Flag.Retry : 0) |
    (timing.jitter === false ? Flag.NoJitter : 0) |
    (typeof retry === "function" ? Flag.Asks : 0);
  const { maxAttempts = Infinity } = timing;
  const own = options.fetch;
  return {
    url,
    method,
    headers: provider ? undefined : (headers as HeadersInit | undefined),
    provider,
    authorization,
    body,
    credentials: options.withCredentials ? "include" : "same-origin",
    // Neither function is called as a method of this object: the platform's would throw.
    fetch: own ? (input, init) => own(input, init) : (input, init) => fetch(input, init),
    redirect: options.redirect ?? "follow",
    isOwnFetch: !!own,
    native,
    crossOrigin,
    standard: !retry,
    asked: options,
    pauses: !!options.pauseWhenHidden,
    lastEventId,
    lastEventIdParam: options.lastEventIdParam ?? "lastEventId",
    maxEventSize,
    log: logOf(options.logger, url),
    // A page's `fetch` refuses a URL with user and password.
    refused: authorization && origin !== undefined ? credentialsRefused(url) : undefined,
    numbers: Float64Array.of(
      flags,
      timing.initialDelay ?? NaN,
      timing.maxDelay ?? NaN,
      retry === false ? 0 : maxAttempts === Infinity ? NaN : maxAttempts,
      timing.resetAfter ?? NaN,
      options.heartbeatTimeout ?? NaN,
      // A drop-in waits as long as the platform's own. Giving up on a request that is sent once would lose its answer.
      options.openTimeout ?? (retry && repeats ? OPEN_TIMEOUT : NaN),
      maxEventSize,
      Math.random(),
    ),
  };
}

/** Default of `openTimeout`, in milliseconds. */
const OPEN_TIMEOUT = 30_000;

/** Options that the native `EventSource` can serve, some with these values alone. */
const NATIVE =
  /^((withCredentials|json|bytes|schemas|retry|signal|pauseWhenHidden|lastEventIdParam|replays|transport|logger|idempotent)\b|(method=get|body=null|end=reconnect|redirect=follow|deliverUnfinished=false)$)/i;

const suitsNative = ([name, value]: [string, unknown]) => NATIVE.test(Object(value) === value ? name : `${name}=${String(value)}`);

/** The platform's `EventSource`, read before a page can replace it with this package's. */
export const Native: typeof globalThis.EventSource | undefined = globalThis.EventSource;
