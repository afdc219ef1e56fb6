// Stores of sources and of channels, as every adapter makes them.

import type { ChannelOptions } from "./channel.js";
import { dedupe } from "./dedupe.js";
import { EventSource } from "./event-source.js";
import { setFallback } from "./load.js";
import type { Mux } from "./mux.js";
import type { Options } from "./options.js";
import { Store, type ViewOptions } from "./store.js";
import { Watched } from "./watch.js";

// Beside another entry there is a core already; alone, the first entry brings it.
setFallback(() => import("./index.js"));

export type SourceOptions = Options &
  ViewOptions & {
    /** Components whose sources are identical share one; a text keeps apart what is otherwise identical. */
    dedupe?: boolean | string;
  };
export type ChannelViewOptions = ChannelOptions & ViewOptions;
export type Target = string | URL | null | undefined | false;
export type MuxOf = Mux | (() => Mux) | null | undefined;

/** The options that a source knows, without those of the view. */
function own(given: SourceOptions & { key?: unknown; immediate?: unknown }): Options {
  const { type: _type, onEvent: _onEvent, key: _key, dedupe: _dedupe, immediate: _immediate, ...options } = given;
  return options;
}

/** What a component gives at each rendering anew is asked for when it is needed, so that it is the latest. */
function following(options: Options, latest: () => Options | undefined): Options {
  const followed: Record<string, unknown> = {
    ...options,
    // A component is there to be shown something: one 503 is no reason to give up.
    ...(options.retry === undefined && { retry: {} }),
  };
  const now = (name: keyof Options) => (latest() ?? options)[name] as unknown;
  for (const [name, given] of Object.entries(options) as [keyof Options, unknown][]) {
    if (typeof given !== "function") continue;
    followed[name] = (...args: unknown[]) => {
      let called = now(name);
      // `fetch` that is no longer given is the platform's; a rule of IDs or of the end stays as it was.
      if (typeof called !== "function") called = name === "fetch" ? fetch : /^(until|follows)$/.test(name) ? given : called;
      return typeof called === "function" ? (called as (...args: unknown[]) => unknown)(...args) : undefined;
    };
  }
  if (options.headers) {
    followed["headers"] = (context: never) => {
      const headers = now("headers");
      return (typeof headers === "function" ? headers(context) : headers) ?? {};
    };
  }
  return followed;
}

export function sourceStore(url: Target, options: () => SourceOptions): Store {
  if (!url) return new Store(undefined, options);
  return new Store(() => {
    const given = options();
    const make = (latest: () => Options | undefined) => new EventSource(`${url}`, following(own(given), latest));
    return given.dedupe === undefined || given.dedupe === false
      ? new Watched(make)
      : dedupe(given.dedupe, `${url}`, own(given), make);
  }, options);
}

export function channelStore(mux: MuxOf, name: string | null | undefined | false, options: () => ChannelViewOptions): Store {
  if (!mux || !name) return new Store(undefined, options);
  const found = () => (typeof mux === "function" ? mux() : mux);
  const open = () => new Watched(() => found().channel(name, own(options()) as ChannelOptions));
  // The connection is everybody's, and a channel can't drop it by itself.
  return new Store(open, options, () => found().reconnect());
}
