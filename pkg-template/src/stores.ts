// Stores of sources and of channels, for every adapter.

import type { ChannelOptions } from "./channel.js";
import { dedupe } from "./dedupe.js";
import { EventSource } from "./event-source.js";
import { setFallback } from "./load.js";
import type { Mux } from "./mux.js";
import type { Options } from "./options.js";
import { makeStore, type Store, type ViewOptions } from "./store.js";
import { watch } from "./watch.js";

// Another entry on the page supplies a core already. Without one, `everstream` itself is imported.
setFallback(() => import("./index.js"));

export type SourceOptions = Options &
  ViewOptions & {
    /** Merges identical sources of components into one; a text keeps apart what is otherwise identical. */
    dedupe?: boolean | string;
  };
export type ChannelViewOptions = ChannelOptions & ViewOptions;
export type Target = string | URL | null | undefined | false;
export type MuxOf = Mux | (() => Mux) | null | undefined;

/** Returns the options of the source, without those of the view. */
function own(given: SourceOptions & { key?: unknown; immediate?: unknown }): Options {
  const { type: _type, onEvent: _onEvent, key: _key, dedupe: _dedupe, immediate: _immediate, ...options } = given;
  return options;
}

/**
 * Makes headers and functions, which a component creates at each rendering, look up their latest version when called.
 */
function following(options: Options, latest: () => Options | undefined): Options {
  // A component has to show something, so a single 503 is no reason to give up.
  const followed: Record<string, unknown> = { ...options, ...(options.retry === undefined && { retry: {} }) };
  for (const [name, given] of Object.entries(options)) {
    if (typeof given !== "function" && (name !== "headers" || !given)) continue;
    followed[name] = (...args: unknown[]): unknown => {
      const now: unknown = (latest() ?? options)[name as keyof Options];
      if (typeof now === "function") return now(...args);
      if (name === "headers") return now ?? {};
      if (name === "fetch") return fetch(...(args as Parameters<typeof fetch>));
      // `until` and `follows` keep their first function, since the stream already goes by it.
      return /^(until|follows)$/.test(name) ? given(...args) : undefined;
    };
  }
  return followed;
}

export function sourceStore(url: Target, options: () => SourceOptions): Store {
  if (!url) return makeStore(undefined, options);
  return makeStore(() => {
    const given = options();
    const make = (latest: () => Options | undefined) => new EventSource(`${url}`, following(own(given), latest));
    const { dedupe: text = false } = given;
    return text === false ? watch(make) : dedupe(text, `${url}`, own(given), make);
  }, options);
}

export function channelStore(mux: MuxOf, name: string | null | undefined | false, options: () => ChannelViewOptions): Store {
  if (!mux || !name) return makeStore(undefined, options);
  const found = () => (typeof mux === "function" ? mux() : mux);
  const open = () => watch(() => found().channel(name, own(options()) as ChannelOptions));
  // A channel can't drop the connection, which others use too, so the multiplexer reconnects.
  return makeStore(open, options, () => found().reconnect());
}
