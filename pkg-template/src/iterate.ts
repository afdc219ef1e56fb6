// `for await`: a queue between a source and a reader, bounded by making the source wait.

import type { AnyEvent } from "./options.js";
import type { EventSourceError } from "./problem.js";

/** Number of queued events at which the source waits, until half of them have been read. */
const CAPACITY = 1024;

type Reader = { resolve(result: IteratorResult<AnyEvent>): void; reject(reason: unknown): void };

export class Iteration implements AsyncIterableIterator<AnyEvent> {
  readonly #leave: () => void;
  #queue: AnyEvent[] = [];
  /** Index of the first unread event. */
  #first = 0;
  #readers: Reader[] = [];
  #ended = false;
  #problem: EventSourceError | undefined;
  #room: Promise<void> | undefined;
  #makeRoom: (() => void) | undefined;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<AnyEvent>> {
    if (this.#first < this.#queue.length) {
      const value = this.#queue[this.#first]!;
      this.#first += 1;
      if (this.#first > CAPACITY / 2 || this.#first === this.#queue.length) this.#drop();
      return Promise.resolve({ done: false, value });
    }
    const problem = this.#problem;
    this.#problem = undefined;
    if (problem) return Promise.reject(problem);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<AnyEvent>> {
    this.#queue = [];
    this.#first = 0;
    this.end(undefined);
    this.#leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Queues an event. Returns what the source has to wait for. */
  push(value: AnyEvent): Promise<void> | undefined {
    if (this.#readers.length) {
      this.#readers.shift()!.resolve({ done: false, value });
      return undefined;
    }
    if (this.#ended) return undefined;
    this.#queue.push(value);
    if (this.#queue.length - this.#first < CAPACITY) return undefined;
    this.#room ??= new Promise((resolve) => (this.#makeRoom = resolve));
    return this.#room;
  }

  /** Ends the iteration. Events in the queue can still be read. */
  end(problem: EventSourceError | undefined): void {
    this.#ended = true;
    const [first, ...others] = this.#readers;
    this.#readers = [];
    if (!first) this.#problem = problem;
    else if (problem) first.reject(problem);
    else first.resolve({ done: true, value: undefined });
    for (const reader of others) reader.resolve({ done: true, value: undefined });
    this.#proceed();
  }

  #drop(): void {
    this.#queue.splice(0, this.#first);
    this.#first = 0;
    if (this.#queue.length <= CAPACITY / 2) this.#proceed();
  }

  #proceed(): void {
    this.#makeRoom?.();
    this.#room = this.#makeRoom = undefined;
  }
}
