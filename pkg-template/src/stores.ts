// Stores of sources and of channels, as every adapter makes them.

import type { ChannelOptions } from "./channel.js";
import { dedupe } from "./dedupe.js";
import { EventSource } from "./event-source.js";
import { setFallback } from "./load.js";
import type { Mux } from "./mux.js";
import type { Options } from "./options.js";
import { makeStore, type Store, type ViewOptions } from "./store.js";
import { watch } from "./watch.js";

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
  // A component is there to be shown something: one 503 is no reason to give up.
  const followed: Record<string, unknown> = { ...options, ...(options.retry === undefined && { retry: {} }) };
  for (const [name, given] of Object.entries(options)) {
    if (typeof given !== "function" && (name !== "headers" || !given)) continue;
    followed[name] = (...args: unknown[]): unknown => {
      const now: unknown = (latest() ?? options)[name as keyof Options];
      if (typeof now === "function") return now(...args);
      if (name === "headers") return now ?? {};
      if (name === "fetch") return fetch(...(args as Parameters<typeof fetch>));
      // How a stream ends and how IDs follow one another stays as it was.
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
  // The connection is everybody's, and a channel can't drop it by itself.
  return makeStore(open, options, () => found().reconnect());
}
