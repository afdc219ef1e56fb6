// What is on its way to the listeners of one session, in the order in which it came.

import type { Records } from "./core.js";
import { now } from "./platform.js";
import { type Held, Piece, type Position, type Takers } from "./piece.js";
import { SLICE, turn } from "./turn.js";

export class Delivery {
  readonly #pieces: Piece[] = [];
  /** The types of events, by the core's numbers. */
  readonly #types: string[] = [];
  readonly #position: Position;
  readonly #takers: Takers;
  #pending: Promise<void> | undefined;
  /** When the platform last had a turn. */
  #slice = 0;
  /** Of a session that tabs share: takes more, once everything is delivered. */
  #more: (() => void) | undefined;
  /** A listener takes his time: of what tabs share, nobody waits for him. */
  #isTaking = false;
  #goOn: (() => void) | undefined;

  constructor(id: string, takers: Omit<Takers, "turn">) {
    this.#position = { id };
    this.#takers = {
      ...takers,
      event: (type, data, id) => this.#note(takers.event(type, data, id)),
      tooLarge: () => this.#note(takers.tooLarge()),
      turn: () => this.turn(),
    };
  }

  share(more: () => void): void {
    this.#more = more;
  }

  /** What has still to be delivered. */
  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  /** Hands records out, behind those before. Returns what is to be waited for. */
  push([records, text]: Records): Promise<void> | undefined {
    if (!records.length) return this.#pending;
    const piece = new Piece(records, text, this.#types, this.#position, this.#takers);
    if (this.#pending) {
      this.#pieces.push(piece);
      return this.#pending;
    }
    this.#slice ||= now();
    const held = piece.deliver();
    if (held) this.#pending = this.#drain(held);
    return this.#pending;
  }

  async #drain(held: Promise<void>): Promise<void> {
    await held;
    for (let piece; (piece = this.#pieces.shift()); ) await piece.deliver();
    this.#pending = undefined;
    this.letGoOn();
    this.#more?.();
  }

  /** Listeners are waited for as if the connection were theirs alone, but none that keeps all tabs waiting. */
  waitForListeners(): Promise<void> | undefined {
    if (!this.#pending || this.#isTaking) return undefined;
    return new Promise((resolve) => (this.#goOn = resolve));
  }

  letGoOn(): void {
    this.#isTaking = false;
    this.#goOn?.();
    this.#goOn = undefined;
  }

  /** Notes who takes his time. */
  #note(held: Held): Held {
    if (this.#more && typeof held === "object") {
      this.letGoOn();
      this.#isTaking = true;
    }
    return held;
  }

  /** After a pause the platform has had its turn. */
  rested(at: number): void {
    this.#slice = at;
  }

  /** Gives the platform a turn, if it is time. */
  turn(): Promise<void> | undefined {
    if (now() - this.#slice < SLICE) return undefined;
    return turn().then(() => {
      this.#slice = now();
    });
  }
}
