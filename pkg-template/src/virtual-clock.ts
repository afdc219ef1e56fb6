// A clock that a test moves: timers fire when the test says so, and nothing waits for real time.

/** A timer that has not fired. */
interface Pending {
  readonly due: number;
  readonly order: number;
  readonly every: number | undefined;
  readonly work: () => void;
}

type Work = ((...given: unknown[]) => void) | string;

/** The names that are replaced on the global object. */
const TIMERS = ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] as const;

/** The turns of the event loop that everything which follows from a timer is given. Each takes microseconds. */
const TURNS = 25;

const host = globalThis as unknown as Record<string, unknown>;
// A test may install a clock after fake timers of another kind, which would never give a turn.
const immediate = (globalThis as { setImmediate?: (work: () => void) => unknown }).setImmediate;
const Channel = globalThis.MessageChannel;

/** One real turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate) return void immediate(() => resolve());
    const { port1, port2 } = new Channel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Replaces timers, `Date.now` and `performance.now` until `restore` is called. */
export class VirtualClock {
  #elapsed = 0;
  #order = 0;
  readonly #pending = new Map<number, Pending>();
  readonly #undo: (() => void)[] = [];

  constructor() {
    const [wall, monotonic] = [Date.now(), performance.now()];
    const set = (every: boolean) => (work: Work, wait?: number, ...given: unknown[]) => {
      if (typeof work !== "function") throw new TypeError("a virtual clock runs functions, not text");
      // As in browsers, a wait that is no number is none. An interval of none would never let the clock move on.
      const time = Math.max(Number(wait) || 0, every ? 1 : 0);
      return this.#add(() => work(...given), time, every ? time : undefined);
    };
    const clear = (timer?: unknown) => void this.#pending.delete(Number(timer));
    const substitutes = [set(false), clear, set(true), clear];
    TIMERS.forEach((name, at) => this.#replace(host, name, substitutes[at]));
    this.#replace(Date, "now", () => wall + Math.floor(this.#elapsed));
    this.#replace(performance, "now", () => monotonic + this.#elapsed);
  }

  get elapsed(): number {
    return this.#elapsed;
  }

  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0)) throw new RangeError(`can't advance by ${milliseconds} ms: time only moves forward`);
    const until = this.#elapsed + milliseconds;
    await this.settle();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      const [id, { due, every, work }] = next;
      this.#elapsed = Math.max(this.#elapsed, due);
      this.#pending.delete(id);
      if (every !== undefined) this.#add(work, every, every, id);
      work();
      await this.settle();
    }
    this.#elapsed = until;
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let left = TURNS; left > 0; left--) await turn();
  }

  restore(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
    this.#pending.clear();
  }

  #replace(owner: object, name: string, substitute: unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value: substitute, configurable: true, writable: true });
    this.#undo.push(() => {
      if (before) Object.defineProperty(owner, name, before);
      // `performance.now` belongs to the prototype.
      else delete (owner as Record<string, unknown>)[name];
    });
  }

  #add(work: () => void, wait: number, every: number | undefined, id = ++this.#order): number {
    this.#pending.set(id, { due: this.#elapsed + wait, order: ++this.#order, every, work });
    return id;
  }

  /** The next timer that is due by then: of those at the same time, the one that was set first. */
  #next(until: number): [number, Pending] | undefined {
    let next: [number, Pending] | undefined;
    for (const entry of this.#pending) {
      const [{ due, order }, best] = [entry[1], next?.[1]];
      if (due <= until && (!best || due < best.due || (due === best.due && order < best.order))) next = entry;
    }
    return next;
  }
}
