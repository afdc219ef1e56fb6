// A task that stands for other work of the page, such as an animation, and measures its lateness.

const INTERVAL = 16;

/** Ticks every 16 ms until stopped, and remembers the greatest lateness of a tick. */
export class Ticker {
  #latest = 0;
  #stopped;
  #stop;

  constructor() {
    this.#stopped = new Promise((resolve) => {
      let stopping = false;
      this.#stop = () => {
        stopping = true;
      };
      const wait = () => {
        const due = performance.now() + INTERVAL;
        setTimeout(() => {
          this.#latest = Math.max(this.#latest, performance.now() - due);
          stopping ? resolve() : wait();
        }, INTERVAL);
      };
      wait();
    });
  }

  /** Returns the greatest lateness in milliseconds, including that of the tick that is due now. */
  async stop() {
    this.#stop();
    await this.#stopped;
    return this.#latest;
  }
}
