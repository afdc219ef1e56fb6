// One attempt by fetch.

import { type Body, discard } from "./chunks.js";
import type { RequestChanges } from "./options.js";
import { badAnswer, badHeaders, badRequest, badScheme, EventSourceError } from "./problem.js";
import { byteString, type Settings, shown } from "./settings.js";
import type { Answered } from "./stream.js";

/** What the core asks for. */
export interface Attempt {
  number: number;
  native: boolean;
  /** 0: there is no position; 1: by the header; 2: by the query parameter. */
  resume: number;
  id: string;
  unauthorized: boolean;
  /** Not the request itself, but what continues its answer. */
  continues: boolean;
}

/** The headers could not be had. */
export class NoHeaders {
  constructor(readonly cause: unknown) {}
}

/** The user does not continue the answer. */
export class NoContinuation {}

/** What a multiplexer has an attempt ask for. */
export interface Planned {
  method: string;
  url: string;
  type: string;
  body: string;
}

/** An answer, whoever has made it. */
export interface Answer {
  status: number;
  headers: Headers;
  url: URL;
  /** That of the request. */
  accept: string;
  body: Body | null | undefined;
}

/** Some platforms refuse what they do not know. */
const knows = (option: "cache" | "credentials") => option in Request.prototype;

/** The URL of an attempt, with the position in the query where it goes there. */
export function urlOf(base: URL, settings: Settings, { resume, id }: Attempt): string {
  const url = new URL(base);
  if (resume === 2) setParameter(url, settings.lastEventIdParam, id);
  return url.href;
}

/** Sets a parameter of the query. `searchParams` would write the rest anew, in its own way. */
function setParameter(url: URL, parameter: string, value: string): void {
  const name = encodeURIComponent(parameter);
  const kept = url.search.slice(1).split("&").filter((pair) => pair && pair.split("=")[0] !== name);
  url.search = [...kept, `${name}=${encodeURIComponent(value)}`].join("&");
}

/** Refuses a URL that `fetch` refuses at each attempt. Of a user's own nobody knows. */
function checkScheme(url: URL, { isOwnFetch }: Settings): void {
  if (!isOwnFetch && !/^(https?|data|blob):$/.test(url.protocol)) throw badScheme(url);
}

/** Headers as a plain object, which a user's own `fetch` can spread. */
function plain(headers: Headers, given: object | undefined): Record<string, string> {
  // By the names that they were given, so that `{ ...init.headers, Authorization }` replaces one.
  const names = new Map(["Accept", "Last-Event-ID", "Authorization", ...Object.keys(given ?? {})].map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(Array.from(headers, ([name, value]) => [names.get(name) ?? name, value]));
}

/**
 * Sends the request. Rejects with `NoHeaders`, with `NoContinuation`, with an `EventSourceError` for what no attempt
 * can cure, or as `fetch` does. What is planned is asked for last, and an attempt is one for an event stream unless
 * it is not. `response` is what is known of the answer that may be continued.
 */
export async function send(
  settings: Settings,
  attempt: Attempt,
  signal: AbortSignal,
  plan?: () => Planned | undefined,
  response?: Answered,
  stream = true,
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
  // What continues an answer is asked for by GET, without what describes a body.
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
    for (const [name, value] of Object.entries(query ?? {})) setParameter(url, name, value);
    method = by ?? method;
    if (what !== undefined) body = what;
    headersOf(more).forEach((value, name) => headers.set(name, value));
  };
  if (changes) change(changes);
  if (stream && !headers.has("accept")) headers.set("accept", "text/event-stream");
  if (authorization && !headers.has("authorization")) headers.set("authorization", authorization);
  if (attempt.resume === 1) headers.set("last-event-id", byteString(lastEventId));
  if (planned?.type) headers.set("content-type", planned.type);
  const { request } = asked;
  if (request && stream) {
    const draft = { ...context, lastEventId, url: url.href, method, headers: plain(headers, given), body };
    changes = await asking(() => request(draft));
    if (changes) change(changes);
    signal.throwIfAborted();
  }
  checkScheme(url, settings);
  if (url.username || url.password) throw badRequest("its URL has user and password in it. Send an `Authorization` header");
  // What is planned has an empty one for none.
  const hasBody = body != null && !(planned && !body);
  if (hasBody && /^(get|head)$/i.test(method)) throw badRequest(`a ${method} request has no body`);
  const href = urlOf(url, settings, attempt);
  try {
    // What it refuses, `fetch` refuses at each attempt.
    if (!settings.isOwnFetch) new Request(href, { method });
  } catch (cause) {
    throw badRequest("it is none that `fetch` sends", cause);
  }
  const init: RequestInit & { duplex?: string } = { method, headers: plain(headers, given), signal };
  if (settings.redirect !== "follow") init.redirect = settings.redirect;
  // An event stream is never from the cache; it also keeps Firefox from holding back a second fetch.
  if (knows("cache")) init.cache = "no-store";
  if (knows("credentials")) init.credentials = settings.credentials;
  if (hasBody) init.body = body!;
  if (globalThis.ReadableStream && body instanceof ReadableStream) {
    if (body.locked) throw badAnswer("can't send `body` again: a stream is read once. Give text or bytes");
    init.duplex = "half";
  }
  const answer = answerOf(settings, await ask(settings, href, init));
  return { ...answer, accept: headers.get("accept") ?? "" };
}

/** What a function of the user's says. */
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

/** Whatever a user's own `fetch` does, an attempt has an answer, a failure that may pass, or an `EventSourceError`. */
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
    // Networks fail by errors. By name, since one of another realm is no instance of ours.
    if (!isOwnFetch || typeof (cause as Error | undefined)?.message === "string") throw cause;
    throw badAnswer(`rejected with \`${String(cause)}\`, which is no error`, cause);
  }
}

/** The answer of a `fetch` that may return anything. */
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
    // Then that of the request.
  }
  return { status, headers: typeof headers.get === "function" ? headers : new Headers(headers as never), url, body };
}

/** Whether the server of a request that failed without an answer would have given one to others. */
export async function isReachable(settings: Settings, signal: AbortSignal): Promise<boolean> {
  try {
    const init = { mode: "no-cors", cache: "no-store", credentials: settings.credentials, signal } as const;
    void discard((await settings.fetch(settings.url.href, init)).body);
    return true;
  } catch {
    return false;
  }
}

/** How many milliseconds `Retry-After` asks to wait (RFC 9110, section 10.2.3); negative if it doesn't. */
export function retryAfter(headers: Headers): number {
  const value = headers.get("retry-after")?.trim();
  if (!value) return -1;
  if (/^\d+$/.test(value)) return +value * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? -1 : Math.max(0, date - Date.now());
}
