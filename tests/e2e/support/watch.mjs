import assert from 'node:assert/strict';

import { eventually } from './eventually.mjs';

/** A source on the page and its record: the tests' side of `page/src/watch.rs`. */
export class Watch {
  #tab;
  #index;

  static async start(tab, url, options) {
    const watch = new Watch();
    watch.#tab = tab;
    watch.#index = await tab.evaluate(([url, options]) => {
      globalThis.watches ??= [];
      return watches.push(new everstream.Watch(url, options)) - 1;
    }, [url, JSON.stringify(options)]);
    return watch;
  }

  /** Opens a source in a place other than the page itself: see `page/places.js`. */
  static async startIn(place, tab, url, options) {
    const watch = new Watch();
    watch.#tab = tab;
    watch.#index = await tab.evaluate(async ([place, url, options]) => {
      globalThis.watches ??= [];
      return watches.push(await everstream.places[place](url, options)) - 1;
    }, [place, url, JSON.stringify(options)]);
    return watch;
  }

  /** Removes the source's place without closing the source first. */
  async end() {
    await this.#tab.evaluate((index) => watches[index].end(), this.#index);
  }

  /** Returns the source's record: see `page/src/ledger.rs`. */
  async report() {
    return JSON.parse(await this.#tab.evaluate((index) => watches[index].report(), this.#index));
  }

  until(what, fits) {
    return eventually(what, () => this.report(), fits);
  }

  /** Waits until `events` events have been received. */
  untilReceived(events) {
    return this.until(`${events} events are received`, ({ numbers }) => numbers.length >= events);
  }

  /** Waits until the source is in the state `name`. */
  untilState(name, fits = () => true) {
    return this.until(`the state is ${name}`, ({ states }) => {
      const last = states.at(-1);
      return last?.name === name && fits(last);
    });
  }

  /** Closes the source. */
  async stop() {
    await this.#tab.evaluate((index) => watches[index].stop(), this.#index);
  }

  /** Waits for the last event, stops, and asserts that every event was received once and in order. */
  async untilAllReceivedOnce(last) {
    await this.until(`event ${last} is received`, ({ numbers }) => numbers.includes(last));
    await this.stop();
    const report = await this.until('the stream ends', ({ ended }) => ended);
    assert.deepEqual(report.numbers, numbersTo(last));
    assert.deepEqual([report.gaps, report.errors], [0, []]);
    assert.deepEqual(report.states.at(-1), { name: 'closed', error: null });
    return report;
  }
}

function numbersTo(last) {
  return Array.from({ length: last }, (_, index) => index + 1);
}
