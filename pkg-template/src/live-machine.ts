// The machine of a live state: inputs go in with the time and a random number, outputs come out. It is the core's
// machine (`core/src/live`) in TypeScript, and both are held to the same tables of cases: `core/src/live/tests`.

/** The position of an event, and the key and version of the item that it changes, as far as they are known. */
export interface Stamp {
  position?: string | undefined;
  version?: Version | undefined;
}
export type Version = readonly [key: string, version: number];

export interface Loaded<S> extends Pick<Stamp, "position"> {
  state: S;
  versions?: readonly Version[] | undefined;
}

export type Input<S, E> =
  | readonly [type: "open" | "lost" | "gap" | "not-applied" | "reload" | "timeout"]
  | readonly [type: "closed", failed: boolean]
  | readonly [type: "event", stamp: Stamp, event: E]
  | readonly [type: "loaded", id: number, loaded: Loaded<S>]
  | readonly [type: "failed", id: number, isFinal: boolean];

export type Refusal = "older" | "slow" | "overflow";

export type Output<S, E> =
  | readonly [type: "load", id: number]
  | readonly [type: "abort", id: number]
  | readonly [type: "replace", state: S]
  | readonly [type: "apply", event: E]
  | readonly [type: "refused", reason: Refusal];

export type Freshness = "loading" | "live" | "stale" | "failed";

/** Times in milliseconds. */
export interface Config {
  minInterval: number;
  backoff: number;
  maxBackoff: number;
  jitter: number;
  loadTimeout: number;
  openPatience: number;
  capacity: number;
}

export const DEFAULTS: Config = {
  minInterval: 1_000,
  backoff: 1_000,
  maxBackoff: 30_000,
  jitter: 1_000,
  loadTimeout: 30_000,
  openPatience: 2_000,
  capacity: 1_024,
};

/** The number of answers in a row that are refused as older after a gap. Then the server has gone back for good. */
const REFUSALS = 5;

/** How a position lies to another: before, at or behind it; `NaN` if they are of different logs. */
type Order = number | undefined;

const isDecimal = (text: string) => /^\d+$/.test(text);

/** Compares decimal numbers of any length. */
function decimal(one: string, other: string): Order {
  const [a, b] = [one.replace(/^0+/, ""), other.replace(/^0+/, "")];
  if (a === b) return 0;
  return (a.length === b.length ? a < b : a.length < b.length) ? -1 : 1;
}

function order(position: string | undefined, other: string | undefined): Order {
  if (position === undefined || other === undefined) return undefined;
  if (position === other) return 0;
  const [one, two] = [position, other].map((text) => /^(?:([^-]+)-)?(\d+)$/.exec(text));
  if (!one || !two) return undefined;
  const [epoch = "", its = ""] = [one[1], two[1]];
  if (epoch === its) return decimal(one[2]!, two[2]!);
  return isDecimal(epoch) && isDecimal(its) ? decimal(epoch, its) : NaN;
}

/** Whether a snapshot of that position contains the event of another. */
const reaches = (position: string | undefined, other: string | undefined) => order(position, other)! >= 0;

interface Running {
  id: number;
  begun: number;
  /** The number of the first event that arrives after the load began. */
  first: number;
  /** The last event before it. */
  received: Received | undefined;
  /** The newest event since then that there was no room for. */
  dropped?: Stamp;
}

interface Received {
  position: string;
  isBeforeGap: boolean;
}

export function makeMachine<S, E>(created: number, config: Config) {
  let link: "unopened" | "open" | "lost" | "closed" | "broken" = "unopened";
  let freshness: Freshness = "loading";
  let since: number | undefined;
  let hasState = false;
  let isGivenUp = false;
  /** Whether a gap followed the snapshot that is shown. A restarted server may then count anew. */
  let isRenumbered = false;
  let shown: string | undefined;
  let versions = new Map<string, number>();
  let received: Received | undefined;
  let kept: [number: number, stamp: Stamp, event: E][] = [];
  let next = 0;
  let running: Running | undefined;
  let due: number | undefined;
  let lastLoad = -Infinity;
  let failures = 0;
  let refusals = 0;
  let strains = 0;
  let strained = created;
  let loads = 0;
  let outputs: Output<S, E>[] = [];

  const isClosed = () => link === "closed" || link === "broken";

  const waitAfter = (failed: number, random: number) => {
    const half = Math.min(config.backoff * 2 ** (failed - 1), config.maxBackoff) / 2;
    return half + half * random;
  };

  const abort = () => {
    if (running) outputs.push(["abort", running.id]);
    running = undefined;
  };

  /** Makes a load begin at that time, unless one is due already. */
  const need = (at: number) => {
    abort();
    if (!isClosed()) due ??= Math.max(at, lastLoad + config.minInterval);
  };

  /** Makes a load begin after a gap that this side has caused. If such gaps follow one another, the waits grow. */
  const strain = (now: number, random: number) => {
    strains = now - strained > config.maxBackoff * 2 ? 1 : strains + 1;
    strained = now;
    need(now + waitAfter(strains, random));
  };

  const fail = (now: number, random: number, isFinal?: boolean) => {
    failures++;
    isGivenUp = !!isFinal;
    if (!isFinal) need(now + waitAfter(failures, random));
  };

  /** Whether the state contains an event; `undefined` if nothing tells, and `NaN` if it is of another log. */
  const contains = ({ position, version }: Stamp) => {
    const placed = order(position, shown);
    if (placed! <= 0) return true;
    if (Number.isNaN(placed)) return NaN;
    if (version) return versions.get(version[0])! >= version[1];
    return placed ? false : undefined;
  };

  const apply = ({ position, version }: Stamp, event: E) => {
    if (shown !== undefined) shown = position ?? shown;
    if (version) versions.set(...(version as [string, number]));
    outputs.push(["apply", event]);
  };

  const keep = (stamp: Stamp, event: E) => {
    const dropped = kept.length === config.capacity ? kept.shift() : undefined;
    kept.push([next++, stamp, event]);
    if (dropped && running && dropped[0] >= running.first) running.dropped = dropped[1];
  };

  const take = (now: number, random: number, stamp: Stamp, event: E) => {
    if (stamp.position !== undefined) received = { position: stamp.position, isBeforeGap: false };
    if (!hasState || running || due !== undefined) return keep(stamp, event);
    const contained = contains(stamp);
    if (Number.isNaN(contained)) {
      keep(stamp, event);
      return strain(now, random);
    }
    next++;
    if (!contained) apply(stamp, event);
  };

  /**
   * Whether a snapshot is older than the state that is shown. A snapshot may be newer than its position, so the versions
   * tell as well. In another log they may begin anew.
   */
  const isBehind = ({ position, versions: its }: Loaded<S>) => {
    const placed = order(position, shown);
    if (placed! < 0 || Number.isNaN(placed)) return placed! < 0;
    return its?.some(([key, version]) => version < versions.get(key)!);
  };

  /**
   * Whether a snapshot may lack events from before its load began. It lacks none if it reaches the oldest event that was
   * kept, since all later ones were kept too.
   */
  const misses = (position: string | undefined, last: Received | undefined, mayGoBack: boolean) => {
    if (!last) return false;
    const placed = order(position, last.position);
    const isMissing = Number.isNaN(placed) ? !last.isBeforeGap : placed === -1 && !(last.isBeforeGap && mayGoBack);
    return isMissing && !reaches(position, kept[0]?.[1].position);
  };

  const loaded = (now: number, random: number, load: Running, answer: Loaded<S>) => {
    const { position } = answer;
    const mayGoBack = isRenumbered && refusals >= REFUSALS;
    if ((hasState && isBehind(answer) && !mayGoBack) || misses(position, load.received, mayGoBack)) {
      refusals++;
      outputs.push(["refused", "older"]);
      return fail(now, random);
    }
    shown = position;
    if (answer.versions) versions = new Map(answer.versions);
    outputs.push(["replace", answer.state]);
    hasState = true;
    isRenumbered = false;
    // The snapshot's position counts from here on, perhaps of a server that counts anew.
    if (received?.isBeforeGap) received = undefined;
    failures = refusals = 0;
    if (load.dropped && !reaches(position, load.dropped.position)) {
      outputs.push(["refused", "overflow"]);
      return strain(now, random);
    }
    // Where positions have no order, the event of the snapshot's own position still parts the others.
    const own = kept.map(([, stamp]) => stamp.position).lastIndexOf(position);
    const entries = position === undefined ? kept : kept.slice(own + 1);
    kept = [];
    let isOtherLog = false;
    for (const [number, stamp, event] of entries) {
      const contained = contains(stamp);
      // Events of another log precede those of the snapshot's.
      if (Number.isNaN(contained)) isOtherLog = true;
      else if (contained === undefined) {
        // Without a position or a version, the time of arrival decides.
        if (number >= load.first) apply(stamp, event);
      } else {
        isOtherLog = false;
        if (!contained) apply(stamp, event);
      }
    }
    if (isOtherLog) strain(now, random);
  };

  /** Begins a load that is due. */
  const advance = (now: number) => {
    if (running || isGivenUp || isClosed()) return;
    if (link !== "open") {
      if (hasState || now < created + config.openPatience) return;
      if (link === "unopened") due ??= now;
    }
    if (due === undefined || now < due) return;
    due = undefined;
    lastLoad = now;
    running = { id: ++loads, begun: now, first: next, received };
    outputs.push(["load", loads]);
  };

  const settle = (now: number) => {
    const before = freshness;
    if (isGivenUp || link === "broken" || (link === "closed" && !hasState)) freshness = "failed";
    else if (!hasState) freshness = "loading";
    else freshness = running || due !== undefined || link !== "open" ? "stale" : "live";
    since = freshness === "stale" ? (before === "stale" ? since : now) : undefined;
  };

  return {
    handle(now: number, random: number, input: Input<S, E>): void {
      const [type] = input;
      if (type === "open") {
        const isFirst = link === "unopened";
        link = "open";
        // Events before the stream opened are in no load that began earlier.
        if (isFirst) need(now);
      } else if (type === "lost") {
        if (link === "open") link = "lost";
      } else if (type === "gap") {
        kept = [];
        if (received) received = { ...received, isBeforeGap: true };
        isRenumbered = true;
        refusals = 0;
        isGivenUp = false;
        need(now + config.jitter * random);
      } else if (type === "closed") {
        abort();
        due = undefined;
        link = input[1] ? "broken" : "closed";
      } else if (type === "event") {
        take(now, random, input[1], input[2]);
      } else if (type === "not-applied") {
        // A load contains these events. Applying them to a state that lacks another would be wrong.
        outputs = outputs.filter(([type]) => type !== "apply");
        strain(now, random);
      } else if (type === "reload") {
        isGivenUp = false;
        failures = 0;
        due = undefined;
        if (!running) need(now);
      } else if (type === "timeout") {
        if (running && now >= running.begun + config.loadTimeout) {
          abort();
          outputs.push(["refused", "slow"]);
          fail(now, random);
        }
      } else if (running && running.id === input[1]) {
        const load = running;
        running = undefined;
        if (type === "loaded") loaded(now, random, load, input[2]);
        else fail(now, random, input[2]);
      }
      advance(now);
      settle(now);
    },
    /** Returns the next thing to do. */
    poll: () => outputs.shift(),
    freshness: () => freshness,
    /** The time since which the state is stale. */
    since: () => since,
    /** Returns the time at which to pass in `timeout`. */
    timeout(): number | undefined {
      if (running) return running.begun + config.loadTimeout;
      if (link === "open") return due;
      if (isClosed() || hasState || isGivenUp) return undefined;
      return Math.max(due ?? 0, created + config.openPatience);
    },
  };
}
