import assert from 'node:assert/strict';

import { eventually } from './eventually.mjs';
import { Watch } from './watch.mjs';

/** The ways in which the leading tab can end. Each leaves the fleet as large as it was. */
export const ENDS = {
  closed: (fleet, leader) => fleet.close(leader),
  reloaded: (fleet, leader) => fleet.reload(leader),
  killed: (fleet, leader) => fleet.kill(leader),
  async frozen(fleet, leader) {
    const before = (await fleet.scenario.report()).attempts.length;
    await leader.tab.freeze();
    await fleet.scenario.until('another has taken over', ({ active, attempts }) =>
      active === 1 && attempts.length > before);
    await leader.tab.thaw();
  },
};

/** Tabs that share one source's connection, each with a record of what it has received. */
export class Fleet {
  /** The scenario that all of them watch. */
  scenario;
  #browser;
  #test;
  #options;
  #page;
  #members = [];

  /** Creates an empty fleet, whose tabs open `page`: the options of `Tab.open`. */
  constructor(browser, test, scenario, page = {}) {
    this.#browser = browser;
    this.#test = test;
    this.scenario = scenario;
    this.#options = { transport: 'auto' };
    this.#page = page;
  }

  get size() {
    return this.#members.length;
  }

  /** Opens `tabs` more tabs, which watch at once, on another page if `page` is given. */
  async grow(tabs, scope = 'everyone', page = this.#page) {
    for (let count = 0; count < tabs; count += 1) {
      const tab = await this.#browser.open(this.#test, page);
      this.#members.push({ tab, watch: await this.#watch(tab, scope) });
    }
  }

  /** Opens a source in another place of an existing tab: see `page/places.js`. */
  async growIn(place, { tab }) {
    const watch = await Watch.startIn(place, tab, this.scenario.url, this.#shared());
    this.#members.push({ place, tab, watch });
  }

  #watch(tab, scope) {
    return tab.watch(this.scenario, this.#shared(scope));
  }

  #shared(scope = 'everyone') {
    return { ...this.#options, shared: scope };
  }

  reports() {
    return Promise.all(this.#members.map(({ watch }) => watch.report()));
  }

  /** Waits until every tab counts all of them, and exactly one leads. */
  async untilUnited() {
    const fits = (reports) => {
      const roles = reports.map(({ sharing }) => sharing[0]);
      return roles.filter((role) => role === 'Leader').length === 1
        && reports.every(({ sharing }) => sharing[1] === this.size);
    };
    return eventually(`${this.size} tabs are one fleet`, () => this.reports(), fits);
  }

  /** Waits until every tab's report fits, and returns them. */
  untilAll(what, fits) {
    return eventually(`${what} in every tab`, () => this.reports(), (reports) => reports.every(fits));
  }

  /** Waits until every tab has received a newer event. */
  async untilAllGoOn() {
    const last = ({ numbers }) => numbers.at(-1) ?? 0;
    const before = Math.max(...(await this.reports()).map(last));
    await this.untilAll(`something behind ${before}`, (report) => last(report) > before);
  }

  /** Returns the tab that leads. */
  async leader() {
    const reports = await this.untilUnited();
    const index = reports.findIndex(({ sharing }) => sharing[0] === 'Leader');
    return this.#members[index];
  }

  /** Closes a tab, and opens another in its place. */
  async close(member) {
    await member.tab.close();
    await this.#replace(member);
  }

  /** Ends a tab's process, and opens another tab in its place. */
  async kill(member) {
    await member.tab.kill();
    await this.#replace(member);
  }

  /** Removes a source's place, without a replacement. */
  async end(member) {
    await member.watch.end();
    this.#members = this.#members.filter((other) => other !== member);
  }

  /** Reloads a tab, whose source then starts afresh. */
  async reload(member) {
    await member.tab.reload();
    member.watch = await this.#watch(member.tab);
  }

  async #replace(member) {
    this.#members = this.#members.filter((other) => other !== member);
    await this.grow(1);
  }

  /** Asserts that every tab has received all events from its first one up to `last`, each once and in order. */
  async assertComplete(last) {
    const reports = await this.untilAll(`event ${last}`, ({ numbers }) => numbers.at(-1) >= last);
    for (const [tab, { numbers, gaps, errors, sharing }] of reports.entries()) {
      const [first] = numbers;
      const odd = numbers.findIndex((number, index) => number !== first + index);
      // Each tab has received thousands of numbers, so only those around the fault are shown.
      const around = odd < 0 ? [] : numbers.slice(Math.max(odd - 3, 0), odd + 4);
      assert.deepEqual({ around, gaps, errors }, { around: [], gaps: 0, errors: [] }, `tab ${tab}, ${sharing}`);
    }
  }

  /**
   * Asserts one connection for each leader. A reloaded leader may have connected once more before it left: see
   * `connectsOnLeaving`.
   */
  async assertConnections(leaders, { reloaded = 0 } = {}) {
    const { attempts } = await this.scenario.report();
    const more = attempts.length - leaders;
    assert.ok(more >= 0 && more <= reloaded, `${leaders} leaders: ${JSON.stringify(attempts, null, 1)}`);
  }

  async stop() {
    await Promise.all(this.#members.map(({ watch }) => watch.stop()));
  }
}
