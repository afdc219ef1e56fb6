// The counters of a session, as a user reads them.

import type { Session } from "./core.js";
import { now } from "./platform.js";
import type { EventSourceError } from "./problem.js";

export interface SourceStats {
  attempts: number;
  opened: number;
  events: number;
  bytes: number;
  silentFor: number | undefined;
  lastError: EventSourceError | undefined;
}

/** The counters of a source that never had a connection. */
export const noStats = (): SourceStats => new Counters().read(undefined);

export class Counters {
  #counts = [0, 0, 0, 0];
  /** Time of the last arrival, by the platform's monotonic clock. */
  #lastActivity: number | undefined;
  /** Events of the native `EventSource` that the core was not told of. */
  #events = 0;
  #characters = 0;
  #toldAt = -1;
  lastError: EventSourceError | undefined;

  /** Counts an event that the core doesn't see. */
  count(data: string, at: number): void {
    this.#events += 1;
    this.#characters += data.length;
    this.#lastActivity = at;
  }

  /** Subtracts one event: the core counts a last event ID it is told as an event that arrives now. */
  told(): void {
    this.#events -= 1;
    this.#toldAt = now();
  }

  read(session: Session | undefined): SourceStats {
    const counts = session?.stats();
    // Without new counts the previous ones are returned.
    if (counts) {
      this.#counts = counts;
      const silence = counts[4]!;
      const last = now() - silence;
      if (silence >= 0 && last > this.#toldAt + 1) this.#lastActivity = last;
    }
    const [attempts, opened, events, bytes] = this.#counts as [number, number, number, number];
    const { lastError } = this;
    const silentFor = this.#lastActivity === undefined ? undefined : now() - this.#lastActivity;
    return { attempts, opened, events: events + this.#events, bytes: bytes + this.#characters, silentFor, lastError };
  }
}
