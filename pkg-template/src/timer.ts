// The timer of something that the core wants to be told the time for.

/** The longest time a timer takes. A longer one fires at once. */
const LONGEST = 2 ** 31 - 1;

/** One that fires too early does no harm, so it is only set anew to fire earlier. */
export class Timer {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  readonly #fire: () => void;

  constructor(fire: () => void) {
    this.#fire = fire;
  }

  /** Fires within so many milliseconds, for a negative number not at all. */
  set(wait: number): void {
    const due = wait < 0 ? Infinity : performance.now() + wait;
    if (due >= this.#due) return;
    this.clear();
    this.#due = due;
    this.#timer = setTimeout(
      () => {
        this.#due = Infinity;
        this.#fire();
      },
      // Rounded up: one that is early by a fraction of a millisecond would be set again.
      Math.min(Math.ceil(wait), LONGEST),
    );
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
