// Whom a session's driver serves, and who helps it.

import type { Core, Session } from "./core.js";
import type { Driver } from "./driver.js";
import type { Held } from "./piece.js";
import type { Arguments, EventSourceError } from "./problem.js";
import type { Planned } from "./request.js";
import type { Sharing } from "./share.js";
import type { Answered, End, Resumed } from "./stream.js";
import type { Output, SessionKind } from "./tables.js";

/** Who is told what happens to a session. */
export interface Listener {
  connecting(): void;
  open(origin: string, answered?: Answered, resumed?: Resumed): void;
  /** Tries again in so many milliseconds, or whenever the platform does. */
  waiting(problem: EventSourceError, retryIn: number | undefined): void;
  paused(): void;
  closed(problem: EventSourceError | undefined, end?: End): void;
  gap(): void;
  /** Something is wrong with an event; the connection is not. */
  problem(problem: EventSourceError): Held;
  comment(text: string): void;
  /** Returns what has to be waited for before the next. */
  event(type: string, data: string, lastEventId: string): Held;
  /** What a native `EventSource` must listen for. */
  types(): Iterable<string>;
  sharing?(sharing: Sharing): void;
  /** The session is there. */
  started?(): void;
  /** What only a multiplexer has to say; `Idle` too, as a state. */
  told?(kind: number, number: number, text: string, told: Arguments): void;
}

/** What a session wants done beside its connections: requests that change channels, locks and messages. */
export interface Companion {
  perform(output: Output): void;
  /** What an attempt is to ask for, with the channels as they are now. */
  plan?(link: number): Planned | undefined;
  close(): void;
}

/** What a session is of that is more than one connection. */
export interface Company {
  /** Which core it needs: one with channels, or with what tabs share too. */
  core: 1 | 2;
  kind(core: Core): SessionKind;
  hasLocks: boolean;
  join(driver: Driver, session: Session): Companion;
}
