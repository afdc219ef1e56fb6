// Makes one attempt by fetch.

import { type Body, discard } from "./chunks.js";
import type { RequestChanges } from "./options.js";
import { badAnswer, badHeaders, badRequest, badScheme, EventSourceError } from "./problem.js";
import { BODIES, byteString, isRepeatable, isSendable, isStream, type Settings } from "./settings.js";
import { shown } from "./show.js";
import type { Answered } from "./stream.js";

/** An attempt, as the core asks for it. */
export interface Attempt {
  number: number;
  native: boolean;
  /** 0: no last event ID; 1: sent in the header; 2: sent as the query parameter. */
  resume: number;
  id: string;
  unauthorized: boolean;
  /** Whether this is not the request itself, but one that continues its answer. */
  continues: boolean;
}

/** Thrown when a user's function fails to provide the headers or the request. */
export class NoHeaders {
  constructor(readonly cause: unknown) {}
}

/** Thrown when the user's `resume` doesn't continue the answer. */
export class NoContinuation {}

/** The request that a multiplexer plans for an attempt. */
export interface Planned {
  method: string;
  url: string;
  type: string;
  body: string;
}

/** An answer, from the platform's or a user's `fetch`. */
export interface Answer {
  status: number;
  headers: Headers;
  url: URL;
  /** `Accept` header of the request. */
  accept: string;
  body: Body | null | undefined;
}

/** Bodies that were sent and can't be read again. Only the platform's streams show it, by being locked. */
const sent = new WeakSet<object>();

/** Whether the platform knows a request option; some throw for unknown ones. */
const knows = (option: "cache" | "credentials") => option in Request.prototype;

/** Returns the URL of an attempt, with the last event ID in the query if it goes there. */
export function urlOf(base: URL, settings: Settings, { resume, id }: Attempt): string {
  const url = new URL(base);
  if (resume === 2) setParameter(url, settings.lastEventIdParam, id);
  return url.href;
}

/** Sets a query parameter. `searchParams` would rewrite the rest of the query in its own encoding. */
function setParameter(url: URL, parameter: string, value: string): void {
  const name = encodeURIComponent(parameter);
  const kept = url.search.slice(1).split("&").filter((pair) => pair && pair.split("=")[0] !== name);
  url.search = [...kept, `${name}=${encodeURIComponent(value)}`].join("&");
}

/** Throws for a scheme that `fetch` refuses at each attempt. A user's own `fetch` may accept any. */
function checkScheme(url: URL, { isOwnFetch }: Settings): void {
  if (!isOwnFetch && !/^(https?|data|blob):$/.test(url.protocol)) throw badScheme(url);
}

/** Returns headers as a plain object, which a user's own `fetch` can spread. */
function plain(headers: Headers, given: object | undefined): Record<string, string> {
  // Names keep the spelling they were given, so that `{ ...init.headers, Authorization }` replaces one.
  const names = new Map(["Accept", "Last-Event-ID", "Authorization", ...Object.keys(given ?? {})].map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(Array.from(headers, ([name, value]) => [names.get(name) ?? name, value]));
}

/**
 * Sends the request. `plan` is called after the user's `headers` and `resume`. `response` is the answer that may be
 * continued, as far as it is known. `onSideEffects` is called before a request that `request` has given side effects is
 * sent; without it, the request is not for an event stream.
 *
 * Rejects with `NoHeaders`, with `NoContinuation`, with an `EventSourceError` for a failure that no attempt can cure,
 * or as `fetch` does.
 */
export async function send(
  settings: Settings,
  attempt: Attempt,
  signal: AbortSignal,
  plan?: () => Planned | undefined,
  response?: Answered,
  onSideEffects?: () => void,
): Promise<Answer> {
  const { provider, authorization, asked } = settings;
  const { number, unauthorized, id: lastEventId, continues } = attempt;
  const context = { attempt: number, unauthorized, signal };
  const { resume } = asked;
  let given = settings.headers;
  let changes: RequestChanges | null | undefined | void;
  if (provider) given = await asking(() => provider(context));
  if (typeof resume === "function" && continues) {
    changes = await asking(() => resume({ lastEventId, response, attempt: number, signal }));
    if (!changes) throw new NoContinuation();
  }
  signal.throwIfAborted();
  const headers = headersOf(given);
  const planned = plan?.();
  // A continuation is a GET, without the headers that describe a body.
  let { method, body } = continues ? { method: "GET", body: undefined } : (planned ?? settings);
  if (continues) for (const name of ["type", "encoding", "language"]) headers.delete(`content-${name}`);
  let url = planned ? new URL(planned.url, settings.url) : settings.url;
  const change = (changes: RequestChanges) => {
    if (typeof changes !== "object") throw badRequest(`what was returned is \`${String(changes)}\`, no object`);
    const { url: other, query, method: by, headers: more, body: what } = changes;
    try {
      url = new URL(other ?? url, settings.url);
    } catch {
      throw badRequest(`its URL \`${shown(String(other))}\` is none`);
    }
    // Takes everything that the platform takes for a query, also its own class.
    new URLSearchParams(query).forEach((value, name) => setParameter(url, name, value));
    method = by ?? method;
    if (what !== undefined) body = what;
    headersOf(more).forEach((value, name) => headers.set(name, value));
  };
  if (changes) change(changes);
  if (onSideEffects && !headers.has("accept")) headers.set("accept", "text/event-stream");
  if (authorization && !headers.has("authorization")) headers.set("authorization", authorization);
  if (attempt.resume === 1) headers.set("last-event-id", byteString(lastEventId));
  if (planned?.type) headers.set("content-type", planned.type);
  const { request } = asked;
  if (request && onSideEffects) {
    const draft = { ...context, lastEventId, url: url.href, method, headers: plain(headers, given), body };
    changes = await asking(() => request(draft));
    if (changes) change(changes);
    signal.throwIfAborted();
    if (!isRepeatable(method, asked)) onSideEffects();
  }
  checkScheme(url, settings);
  if (url.username || url.password) throw badRequest("its URL has user and password in it. Send an `Authorization` header");
  // A planned request without a body has an empty one.
  const hasBody = body != null && !(planned && !body);
  if (!isSendable(body, settings.isOwnFetch)) throw badRequest(`its \`body\` is not usable: ${BODIES}`);
  if (hasBody && /^(get|head)$/i.test(method)) throw badRequest(`a ${method} request has no body`);
  const href = urlOf(url, settings, attempt);
  try {
    // `fetch` refuses at each attempt whatever `Request` refuses here.
    if (!settings.isOwnFetch) new Request(href, { method });
  } catch (cause) {
    throw badRequest("it is none that `fetch` sends", cause);
  }
  const init: RequestInit & { duplex?: string } = { method, headers: plain(headers, given), signal };
  if (settings.redirect !== "follow") init.redirect = settings.redirect;
  // An event stream must never come from the cache. `no-store` also keeps Firefox from holding back a second fetch.
  if (knows("cache")) init.cache = "no-store";
  if (knows("credentials")) init.credentials = settings.credentials;
  if (hasBody) init.body = body!;
  if (isStream(body)) {
    if (body.locked || sent.has(body)) throw badAnswer("can't send `body` again: a stream is read once. Give text or bytes");
    sent.add(body);
    init.duplex = "half";
  }
  const answer = answerOf(settings, await ask(settings, href, init));
  return { ...answer, accept: headers.get("accept") ?? "" };
}

/** Calls a user's function, and rejects with `NoHeaders` if it fails. */
async function asking<T>(asked: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await asked();
  } catch (cause) {
    throw new NoHeaders(cause);
  }
}

function headersOf(given: HeadersInit | undefined): Headers {
  try {
    return new Headers(given);
  } catch (cause) {
    throw badHeaders(cause);
  }
}

/**
 * Calls `fetch`. Whatever a user's own does, this gives an answer, a failure that may pass, or an `EventSourceError`.
 */
async function ask({ fetch, isOwnFetch }: Settings, url: string, init: RequestInit): Promise<Response> {
  let answer;
  try {
    answer = fetch(url, init);
  } catch (cause) {
    throw badAnswer("threw instead of returning a promise", cause);
  }
  try {
    return await answer;
  } catch (cause) {
    // Networks fail with errors. `message` identifies one, since an error of another realm fails `instanceof`.
    if (!isOwnFetch || typeof (cause as Error | undefined)?.message === "string") throw cause;
    throw badAnswer(`rejected with \`${String(cause)}\`, which is no error`, cause);
  }
}

/** Reads the answer of a `fetch` that may return anything. */
function answerOf(settings: Settings, answer: Partial<Response> | undefined): Omit<Answer, "accept"> {
  try {
    return read(settings, answer);
  } catch (cause) {
    throw cause instanceof EventSourceError ? cause : badAnswer("returned an answer that can't be read", cause);
  }
}

function read(settings: Settings, answer: Partial<Response> | undefined): Omit<Answer, "accept"> {
  const status = Number(answer?.status);
  const { headers, body } = answer ?? {};
  if (!Number.isInteger(status) || !headers) {
    throw badAnswer(`returned \`${String(answer)}\`, which has no status and headers. Return a \`Response\``);
  }
  let url = settings.url;
  try {
    if (answer?.url) url = new URL(answer.url, url);
  } catch {
    // An invalid URL falls back to the source's.
  }
  return { status, headers: typeof headers.get === "function" ? headers : new Headers(headers as never), url, body };
}

/** Whether the server of a request that failed without an answer can be reached without CORS. */
export async function isReachable(settings: Settings, signal: AbortSignal): Promise<boolean> {
  try {
    const init = { mode: "no-cors", cache: "no-store", credentials: settings.credentials, signal } as const;
    void discard((await settings.fetch(settings.url.href, init)).body);
    return true;
  } catch {
    return false;
  }
}

/** Returns how many milliseconds `Retry-After` asks to wait (RFC 9110, section 10.2.3); negative if it doesn't. */
export function retryAfter(headers: Headers): number {
  const value = headers.get("retry-after")?.trim();
  if (!value) return -1;
  if (/^\d+$/.test(value)) return +value * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? -1 : Math.max(0, date - Date.now());
}
