// Delivers the events that the core found in a piece of the stream, cut out of its one text.

import { SAME } from "./core.js";
import { now } from "./platform.js";
import { Record } from "./tables.js";

/**
 * The wait before the next event: none, a promise, or `TICK`. At `TICK`, code behind a promise that a listener has
 * resolved runs first, as it would between two tasks.
 */
export type Held = PromiseLike<unknown> | typeof TICK | undefined;
export const TICK = 1;

export interface Takers {
  event(type: string, data: string, lastEventId: string): Held;
  comment(text: string): void;
  tooLarge(): Held;
  /** Called where events may be missing. */
  gap?(): void;
  /** Receives a multiplexer's records between events. */
  told?(kind: number, number: number, text: string): void;
  /** Yields to the platform if it is time. Called now and then. */
  turn(): Promise<void> | undefined;
}

/** The last event ID, which outlives the piece. */
export interface Position {
  id: string;
}

/** Arrival time of the piece being delivered; the clock is read once a piece. */
export const arrival = { time: 0 };

/** Records delivered between two looks at the clock. */
const GLANCE = 32;

/** A piece being delivered. */
export class Piece {
  #at = 0;
  #end = 0;
  #glance = GLANCE;
  readonly #time = now();

  /** `types` holds the names that the core has told so far. */
  constructor(
    readonly records: Int32Array,
    readonly text: string,
    readonly types: string[],
    readonly position: Position,
    readonly takers: Takers,
  ) {}

  /** Delivers everything. Returns a promise if something has to be waited for. */
  deliver(): Promise<void> | undefined {
    const held = this.#walk();
    return held === undefined ? undefined : this.#rest(held);
  }

  async #rest(first: Held): Promise<void> {
    for (let held = first; held !== undefined; held = this.#walk()) {
      if (held === TICK) {
        // One for an `await` of the event, one for a function that awaits that one, and one to spare.
        await null;
        await null;
        await null;
      } else await held;
    }
  }

  /** Delivers until something has to be waited for. */
  #walk(): Held {
    const { records, text, types, position, takers } = this;
    arrival.time = this.#time;
    while (this.#at < records.length) {
      if ((this.#glance -= 1) < 0) {
        this.#glance = GLANCE;
        const turn = takers.turn();
        if (turn) return turn;
      }
      const kind = records[this.#at]!;
      const second = records[this.#at + 1]!;
      const third = records[this.#at + 2]!;
      this.#at += 3;
      const begin = this.#end;
      let held: Held;
      if (kind >= 0) {
        this.#end = second;
        if (third !== SAME) {
          position.id = text.slice(second, third);
          this.#end = third;
        }
        held = takers.event(types[kind]!, text.slice(begin, second), position.id);
      } else if (kind === Record.Type) {
        types[second] = text.slice(begin, (this.#end = third));
      } else {
        const told = text.slice(begin, (this.#end = third));
        if (kind === Record.Comment) takers.comment(told);
        else if (kind === Record.TooLarge) held = takers.tooLarge();
        else if (kind === Record.Missing) takers.gap?.();
        else takers.told?.(kind, second, told);
      }
      if (held !== undefined) return held;
    }
    return undefined;
  }
}
