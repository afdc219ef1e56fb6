// Makes one attempt by the native `EventSource`.

import { type Attempt, urlOf } from "./request.js";
import { Native, type Settings } from "./settings.js";

export interface NativeListener {
  open(): void;
  error(gaveUp: boolean): void;
  event(event: MessageEvent<string>): void;
}

export interface NativeConnection {
  listen(type: string): void;
  close(): void;
}

/** Opens a native `EventSource`, and translates its events. */
export function openNative(
  settings: Settings,
  attempt: Attempt,
  types: Iterable<string>,
  listener: NativeListener,
): NativeConnection {
  const source = new Native!(urlOf(settings.url, settings, attempt), {
    withCredentials: settings.credentials === "include",
  });
  // A server may call its events `open` or `error`. The interface's own events of these names are no `MessageEvent`s.
  const own = (event: Event) => !(event instanceof MessageEvent);
  source.addEventListener("open", (event) => own(event) && listener.open());
  source.addEventListener("error", (event) => own(event) && listener.error(source.readyState === source.CLOSED));
  const heard = new Set<string>();
  const listen = (type: string) => {
    if (heard.has(type)) return;
    heard.add(type);
    source.addEventListener(type, (event) => own(event) || listener.event(event as MessageEvent<string>));
  };
  for (const type of types) listen(type);
  return { listen, close: () => source.close() };
}
