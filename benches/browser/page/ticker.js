// Something else that the page has to do, such as an animation: how late does it get?

const INTERVAL = 16;

/** Ticks each 16 ms until stopped, and remembers the latest tick. */
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

  /** How late the latest tick was, in milliseconds, the one that is due now included. */
  async stop() {
    this.#stop();
    await this.#stopped;
    return this.#latest;
  }
}
