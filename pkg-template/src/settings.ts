// The options, checked and completed.

import type { HeadersContext, Options, RetryContext } from "./options.js";
import { Flag } from "./core.js";
import type { EventSourceError } from "./problem.js";

/** What a source is made of, all that stays the same from attempt to attempt. */
export interface Settings {
  url: URL;
  method: string;
  headers: HeadersInit | undefined;
  provider: ((context: HeadersContext) => HeadersInit | PromiseLike<HeadersInit>) | undefined;
  body: BodyInit | null | undefined;
  credentials: RequestCredentials;
  fetch: typeof fetch;
  native: boolean;
  crossOrigin: boolean;
  /** No `retry` option was given: what the standard calls final is final. */
  standard: boolean;
  decide: ((error: EventSourceError, context: RetryContext) => number | boolean | undefined) | undefined;
  lastEventId: string;
  lastEventIdParam: string;
  maxEventSize: number;
  /** In the order in which the core reads them. */
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
    // It is said below.
  }
  // Chromium's parser lets pass what no domain may have in it, such as a space.
  if (!resolved || (/^https?:$/.test(resolved.protocol) && resolved.hostname.includes("%"))) {
    throw new DOMException(`Cannot open an EventSource to '${url}': it is not a valid URL.`, "SyntaxError");
  }
  return resolved;
}

export function settle(url: URL, withCredentials: boolean, options: Options): Settings {
  const method = options.method ?? "GET";
  const headers = options.headers;
  const provider = typeof headers === "function" ? headers : undefined;
  const retry = options.retry;
  const timing = typeof retry === "object" ? retry : {};
  const native = options.transport === "native";
  const origin = (globalThis as { origin?: string }).origin;
  const lastEventId = options.lastEventId ?? "";
  const maxEventSize = number(options.maxEventSize, "maxEventSize", 1) ?? DEFAULT_MAX_EVENT_SIZE;

  if (native && (method !== "GET" || headers || options.body != null || options.fetch)) {
    refuse("transport", "the native EventSource sends no headers, method or body; use 'auto' or 'fetch'");
  }
  if (native && !Native) refuse("transport", "there is no native EventSource here; use 'auto' or 'fetch'");
  if (options.transport && !["auto", "native", "fetch"].includes(options.transport)) {
    refuse("transport", "it is 'auto', 'native' or 'fetch'");
  }
  if (options.body != null && /^(get|head)$/i.test(method)) {
    refuse("body", "a GET or HEAD request has none; set `method: 'POST'`");
  }
  if (/[\0\r\n]/.test(lastEventId)) refuse("lastEventId", "an ID has no NUL, LF or CR");

  const flags =
    (native ? Flag.Native : 0) |
    (/^(post|patch)$/i.test(method) ? Flag.NotIdempotent : 0) |
    (origin !== undefined && origin !== url.origin ? Flag.CrossOrigin : 0) |
    (options.lastEventIdParam === "" ? 0 : Flag.Query) |
    (provider ? Flag.Refreshable : 0) |
    (options.pauseWhenHidden ? Flag.Pauses : 0) |
    (retry ? Flag.Retry : 0) |
    (timing.jitter === false ? Flag.NoJitter : 0) |
    (typeof retry === "function" ? Flag.Asks : 0);
  const attempts = number(timing.maxAttempts, "retry.maxAttempts", 0);
  return {
    url,
    method,
    headers: provider ? undefined : (headers as HeadersInit | undefined),
    provider,
    body: options.body,
    credentials: withCredentials ? "include" : "same-origin",
    // Called as a method of ours, the platform's would refuse.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    native,
    crossOrigin: !!(flags & Flag.CrossOrigin),
    standard: !retry,
    decide: typeof retry === "function" ? retry : undefined,
    lastEventId,
    lastEventIdParam: options.lastEventIdParam ?? "lastEventId",
    maxEventSize,
    numbers: Float64Array.of(
      flags,
      number(timing.initialDelay, "retry.initialDelay", 1) ?? NaN,
      number(timing.maxDelay, "retry.maxDelay", 1) ?? NaN,
      retry === false ? 0 : attempts === Infinity ? NaN : (attempts ?? NaN),
      number(timing.resetAfter, "retry.resetAfter", 0) ?? NaN,
      number(options.heartbeatTimeout, "heartbeatTimeout", 1) ?? NaN,
      number(options.openTimeout, "openTimeout", 1) ?? NaN,
      maxEventSize,
      Math.random(),
    ),
  };
}

/** The platform's own, before somebody puts ours in its place. */
export const Native: typeof globalThis.EventSource | undefined = globalThis.EventSource;

function number(value: unknown, name: string, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !(value >= least)) refuse(name, `it is a number, at least ${least}`);
  return value;
}

export function refuse(option: string, reason: string): never {
  throw new TypeError(`the option \`${option}\` is not usable: ${reason}`);
}
