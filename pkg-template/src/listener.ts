// The interfaces of a session's driver: the listener it serves, and the companion that helps it.

import type { Core, Session } from "./core.js";
import type { Driver } from "./driver.js";
import type { Held } from "./piece.js";
import type { Arguments, EventSourceError } from "./problem.js";
import type { Planned } from "./request.js";
import type { Sharing } from "./share.js";
import type { Answered, End, Resumed } from "./stream.js";
import type { Output, SessionKind } from "./tables.js";

/** Receives what happens to a session. */
export interface Listener {
  connecting(): void;
  open(origin: string, answered?: Answered, resumed?: Resumed): void;
  /** Called when the next attempt is due in `retryIn` milliseconds, or whenever the platform makes it. */
  waiting(problem: EventSourceError, retryIn: number | undefined): void;
  paused(): void;
  closed(problem: EventSourceError | undefined, end?: End): void;
  gap(): void;
  /** Reports a faulty event; the connection is unharmed. Returns what the next event has to wait for. */
  problem(problem: EventSourceError): Held;
  comment(text: string): void;
  /** Delivers an event. Returns what the next one has to wait for. */
  event(type: string, data: string, lastEventId: string): Held;
  /** Types that a native `EventSource` must listen for. */
  types(): Iterable<string>;
  sharing?(sharing: Sharing): void;
  /** Called once the session exists. */
  started?(): void;
  /** Receives a multiplexer's records, and `Idle` as a state. */
  told?(kind: number, number: number, text: string, told: Arguments): void;
}

/** Performs what a session wants done beside its connections: requests that change channels, locks and messages. */
export interface Companion {
  perform(output: Output): void;
  /** Returns the request for an attempt, with the channels as they are now. */
  plan?(link: number): Planned | undefined;
  close(): void;
}

/** Describes a session that is more than one connection. */
export interface Company {
  /** The core it needs: 1 with channels, 2 with tabs too. */
  core: 1 | 2;
  kind(core: Core): SessionKind;
  hasLocks: boolean;
  join(driver: Driver, session: Session): Companion;
}
