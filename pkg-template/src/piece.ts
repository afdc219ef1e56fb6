// What the core found in a piece of the stream, cut out of its one text.

import { SAME } from "./core.js";
import { now } from "./platform.js";
import { Record } from "./tables.js";

/**
 * What has to be waited for before the next event: nothing, somebody, or `TICK`: what a listener has
 * resolved is to run, as it would between two tasks.
 */
export type Held = PromiseLike<unknown> | typeof TICK | undefined;
export const TICK = 1;

export interface Takers {
  event(type: string, data: string, lastEventId: string): Held;
  comment(text: string): void;
  tooLarge(): Held;
  /** Events may be missing here. */
  gap?(): void;
  /** What a multiplexer has to say between its events. */
  told?(kind: number, number: number, text: string): void;
  /** Asked now and then: a turn for the platform, if it is time. */
  turn(): Promise<void> | undefined;
}

/** The last event ID: outlives the piece. */
export interface Position {
  id: string;
}

/** When what is being delivered had arrived: the clock is read once for each piece. */
export const arrival = { time: 0 };

/** So many events pass between two looks at the clock. */
const GLANCE = 32;

/** A piece on its way to the takers. */
export class Piece {
  #at = 0;
  #end = 0;
  #glance = GLANCE;
  readonly #time = now();

  /** `types` are the names that the core has told so far. */
  constructor(
    readonly records: Int32Array,
    readonly text: string,
    readonly types: string[],
    readonly position: Position,
    readonly takers: Takers,
  ) {}

  /** Hands everything out. Returns a promise where that takes longer. */
  deliver(): Promise<void> | undefined {
    const held = this.#walk();
    return held === undefined ? undefined : this.#rest(held);
  }

  async #rest(first: Held): Promise<void> {
    for (let held = first; held !== undefined; held = this.#walk()) {
      if (held === TICK) {
        // An `await` of the event, that of a function that awaits it, and one for good measure.
        await null;
        await null;
        await null;
      } else await held;
    }
  }

  /** Goes on until somebody has to be waited for. */
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
