// Queues a session's records for its listeners, in the order in which they arrived.

import type { Records } from "./core.js";
import { now } from "./platform.js";
import { type Held, Piece, type Position, type Takers } from "./piece.js";
import { SLICE, turn } from "./turn.js";

export class Delivery {
  readonly #pieces: Piece[] = [];
  /** Event types by the core's numbers. */
  readonly #types: string[] = [];
  readonly #position: Position;
  readonly #takers: Takers;
  #pending: Promise<void> | undefined;
  /** Time of the platform's last turn. */
  #slice = 0;
  /** Takes more records once everything is delivered. Set for a shared session only. */
  #more: (() => void) | undefined;
  /** Whether a listener is slow. A shared session must not wait for one. */
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

  /** Deliveries still pending. */
  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  /** Delivers records after the pending ones. Returns what the next piece has to wait for. */
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

  /** Waits for the listeners as an unshared session does, except for a slow one, which would keep all tabs waiting. */
  waitForListeners(): Promise<void> | undefined {
    if (!this.#pending || this.#isTaking) return undefined;
    return new Promise((resolve) => (this.#goOn = resolve));
  }

  letGoOn(): void {
    this.#isTaking = false;
    this.#goOn?.();
    this.#goOn = undefined;
  }

  /** Notes a slow listener. */
  #note(held: Held): Held {
    if (this.#more && typeof held === "object") {
      this.letGoOn();
      this.#isTaking = true;
    }
    return held;
  }

  /** Notes that the platform had its turn during a pause. */
  rested(at: number): void {
    this.#slice = at;
  }

  /** Yields to the platform if the time budget is used up. */
  turn(): Promise<void> | undefined {
    if (now() - this.#slice < SLICE) return undefined;
    return turn().then(() => {
      this.#slice = now();
    });
  }
}
