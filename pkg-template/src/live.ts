// `everstream/live`: a snapshot and a stream of changes as one state. This edge loads, listens and sets timers; the
// machine decides.

import { DEFAULTS, type Config, type Freshness, type Input, makeMachine, type Refusal, type Version } from "./live-machine.js";
import type { AnyEvent } from "./options.js";
import type { Stream } from "./watch.js";

export type LiveErrorCode = "load" | "reduce" | "stream" | Refusal;

export class LiveError extends Error {
  readonly code: LiveErrorCode;

  constructor(code: LiveErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.name = "LiveError";
  }
}

const TOLD: Record<Refusal, string> = {
  older: "The loaded state is older than the one shown, or than an event that arrived before. Loading again; let `load` bypass caches",
  slow: "The load took longer than `loadTimeout` and was aborted. Loading again",
  overflow: "More events arrived during the load than `capacity`. Loading again; raise `capacity`, or make the load faster",
};

const because = (cause: unknown) => String((cause as Error | undefined)?.message ?? cause);

export interface LiveOptions<S, E> extends Partial<Config> {
  load: (request: { signal: AbortSignal }) => S | Promise<S>;
  source: Stream | (() => Stream);
  reduce: (state: S, event: E) => S;
  type?: string | readonly string[];
  position?: (state: S) => string | number | null | undefined;
  key?: (event: E) => string | number;
  version?: (event: E) => number;
  versions?: (state: S) => Iterable<readonly [key: string | number, version: number]>;
  initial?: S;
  retry?: (error: unknown, failures: number) => boolean | undefined;
  onError?: (error: LiveError) => void;
}

export interface LiveSnapshot<S> {
  readonly state: S | undefined;
  readonly freshness: Freshness;
  readonly since: Date | undefined;
  readonly error: LiveError | undefined;
  readonly reload: () => void;
}

const FUNCTIONS = ["position", "key", "version", "versions", "retry", "onError"] as const;
const OPTIONS: readonly string[] = ["load", "source", "reduce", "type", "initial", ...FUNCTIONS, ...Object.keys(DEFAULTS)];

/** Throws for an option that is missing, misspelt or of another type. */
function check(options: LiveOptions<never, never>): void {
  const refuse = (option: string, why: string) => {
    throw new TypeError(`The option \`${option}\` is not usable: ${why}`);
  };
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (unknown) refuse(unknown, "there is no such option");
  for (const option of ["load", "reduce"] as const) if (typeof options[option] !== "function") refuse(option, "it must be a function");
  for (const option of FUNCTIONS) {
    if (options[option] !== undefined && typeof options[option] !== "function") refuse(option, "it must be a function");
  }
  for (const option of Object.keys(DEFAULTS) as (keyof Config)[]) {
    const value = options[option];
    if (value !== undefined && !(value >= 0)) refuse(option, "it must be a number, and not negative");
  }
  const { source } = options;
  if (typeof source !== "function" && typeof source?.onAny !== "function") {
    refuse("source", "it must be an `EventSource` of everstream or a channel, or a function that opens one");
  }
  if (!options.key !== !options.version) refuse("version", "`key` and `version` are given together");
}

export function createLive<S, E extends AnyEvent = AnyEvent>(options: LiveOptions<S, E>) {
  check(options as never);
  const { load, source, reduce, type, position, key, version, versions, retry, onError } = options;
  const types = type === undefined ? undefined : [type].flat();
  const config = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof Config)[]) config[name] = options[name] ?? DEFAULTS[name];
  config.capacity = Math.max(1, config.capacity);
  const listeners = new Set<{ listener: () => void }>();
  let machine: ReturnType<typeof makeMachine<S, E>> | undefined;
  let leave: (() => void) | undefined;
  let request: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isBusy = false;
  let isDue = false;
  let isSettling = false;
  const waiting: Input<S, E>[] = [];

  const initial: LiveSnapshot<S> = {
    state: options.initial,
    freshness: "loading",
    since: undefined,
    error: undefined,
    reload: () => give(["reload"]),
  };
  let snapshot = initial;

  /** Shows a change, and notifies the listeners once for all changes of one turn. */
  const change = (facts: Partial<LiveSnapshot<S>>) => {
    snapshot = { ...snapshot, ...facts };
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      for (const entry of [...listeners]) if (listeners.has(entry)) guard(entry.listener);
    });
  };

  /** Runs the user's code, whose failures concern neither the state nor others. */
  const guard = (work: () => void) => {
    try {
      work();
    } catch (failure) {
      // As `report` of `problem.ts` does, which would put a chunk of its own into every page.
      if (typeof reportError === "function") reportError(failure);
      else
        queueMicrotask(() => {
          throw failure;
        });
    }
  };

  const tell = (code: LiveErrorCode, message: string, cause?: unknown) => {
    const error = new LiveError(code, message, cause);
    change({ error });
    if (onError) guard(() => onError(error));
  };

  const begin = (id: number) => {
    const { signal } = (request = new AbortController());
    const fail = (cause: unknown) => {
      if (signal.aborted) return;
      tell("load", `The state could not be loaded: ${because(cause)}`, cause);
      let isFinal = true;
      failures++;
      // A fault of `retry` ends loading, since nothing else would end it.
      guard(() => (isFinal = retry?.(cause, failures) === false));
      give(["failed", id, isFinal]);
    };
    // A promise also catches what `load` throws before it returns one.
    new Promise<S>((resolve) => resolve(load({ signal }))).then((state) => {
      if (signal.aborted) return;
      let loaded;
      try {
        if (state === undefined) throw new TypeError("`load` returned nothing");
        const at = position?.(state);
        if (position && at == null) throw new TypeError("`position` returned nothing");
        const all = versions && Array.from(versions(state), ([name, number]): Version => [`${name}`, number]);
        loaded = { state, position: position && `${at}`, versions: all };
      } catch (failure) {
        return fail(failure);
      }
      failures = 0;
      give(["loaded", id, loaded]);
    }, fail);
  };

  /** Passes an input to the machine and does what comes of it. Inputs that come up meanwhile wait. */
  const give = (input: Input<S, E>) => {
    if (!machine) return;
    waiting.push(input);
    if (isBusy) return;
    isBusy = true;
    for (let next; machine && (next = waiting.shift()); ) {
      machine.handle(performance.now(), Math.random(), next);
      for (let output; machine && (output = machine.poll()); ) {
        if (output[0] === "load") begin(output[1]);
        else if (output[0] === "abort") request?.abort();
        else if (output[0] === "replace") change({ state: output[1], error: undefined });
        else if (output[0] === "apply") reduceBy(output[1]);
        else tell(output[1], TOLD[output[1]]);
      }
    }
    waiting.length = 0;
    isBusy = false;
    if (machine) settle(machine);
  };

  const reduceBy = (event: E) => {
    try {
      change({ state: reduce(snapshot.state as S, event) });
    } catch (failure) {
      tell("reduce", `\`reduce\` failed for a \`${event.type}\` event: ${because(failure)}. Loading again`, failure);
      machine?.handle(performance.now(), Math.random(), ["not-applied"]);
    }
  };

  const settle = ({ freshness, timeout }: NonNullable<typeof machine>) => {
    const now = freshness();
    if (now !== snapshot.freshness) change({ freshness: now, since: now === "stale" ? new Date() : undefined });
    clearTimeout(timer);
    const at = timeout();
    if (at !== undefined) timer = setTimeout(() => give(["timeout"]), Math.min(Math.max(0, Math.ceil(at - performance.now())), 2 ** 31 - 1));
  };

  const follow = (stream: Stream) => {
    /** A gap, or an event that was refused, is told once: by itself, and by the event after it. */
    let isTold = false;
    const gap = () => {
      isTold = true;
      give(["gap"]);
    };
    let failed: unknown;
    const state = () => {
      if (stream.state === "open") give(["open"]);
      else if (stream.state !== "closed") give(["lost"]);
      else {
        if (failed) tell("stream", `The stream has closed: ${because(failed)}`, failed);
        give(["closed", !!failed]);
      }
    };
    const error = (event: Event) => {
      if (!("error" in event)) return;
      failed = stream.state === "closed" && event.error;
      // An event that was refused is missing from the state.
      if (/^(invalid-data|event-too-large)$/.test((event.error as { code?: string }).code ?? "")) gap();
    };
    const ended = [
      ["statechange", state],
      ["gap", gap],
      ["error", error],
    ] as const;
    for (const [name, listener] of ended) stream.addEventListener(name, listener);
    const leaveAny = stream.onAny((event) => {
      if (event.gap && !isTold) gap();
      isTold = false;
      if (types && !types.includes(event.type)) return;
      const one = event as E;
      const stamp: { position?: string; version?: Version } = {};
      try {
        if (position && event.lastEventId) stamp.position = event.lastEventId;
        if (key && version) stamp.version = [`${key(one)}`, version(one)];
      } catch (failure) {
        tell("reduce", `\`key\` or \`version\` failed for a \`${event.type}\` event: ${because(failure)}. Loading again`, failure);
        return give(["gap"]);
      }
      give(["event", stamp, one]);
    });
    state();
    return () => {
      leaveAny();
      for (const [name, listener] of ended) (stream as unknown as EventTarget).removeEventListener(name, listener);
    };
  };

  const start = () => {
    machine = makeMachine<S, E>(performance.now(), config);
    try {
      const stream = typeof source === "function" ? source() : source;
      const unfollow = follow(stream);
      leave = () => {
        unfollow();
        if (typeof source === "function") stream.close();
      };
      settle(machine);
    } catch (failure) {
      tell("stream", `The stream could not be opened: ${because(failure)}`, failure);
      give(["closed", true]);
    }
  };

  const stop = () => {
    machine = undefined;
    clearTimeout(timer);
    request?.abort();
    leave?.();
    leave = undefined;
    waiting.length = 0;
    // The next subscriber sees the state at once, as `loading` until it has been loaded anew.
    snapshot = { ...snapshot, freshness: "loading", since: undefined, error: undefined };
  };

  /** Frameworks may subscribe, leave and subscribe again in one turn, which must open one stream. */
  const settleListeners = () => {
    if (isSettling) return;
    isSettling = true;
    queueMicrotask(() => {
      isSettling = false;
      if (!listeners.size && machine) stop();
      else if (listeners.size && !machine) start();
    });
  };

  return {
    subscribe(listener: () => void): () => void {
      const entry = { listener };
      listeners.add(entry);
      settleListeners();
      return () => {
        listeners.delete(entry);
        settleListeners();
      };
    },
    getSnapshot: () => snapshot,
    getInitialSnapshot: () => initial,
    reload: initial.reload,
  };
}
