// The timer for the core's next timeout.

/** The longest wait a timer accepts, in milliseconds. With a longer one it fires at once. */
const LONGEST = 2 ** 31 - 1;

/** A timer that is only set anew to fire earlier, because firing too early does no harm. */
export class Timer {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  readonly #fire: () => void;

  constructor(fire: () => void) {
    this.#fire = fire;
  }

  /** Fires within `wait` milliseconds. A negative number asks for no timeout. */
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
      // Rounded up, because a timer that is early by a fraction of a millisecond would be set again.
      Math.min(Math.ceil(wait), LONGEST),
    );
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
