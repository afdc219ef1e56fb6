import assert from 'node:assert/strict';

import { eventually } from './eventually.mjs';

/** Tabs whose multiplexers share one connection, each with a record of what its channels have received. */
export class MuxFleet {
  #browser;
  #test;
  #hub;
  #pages;
  #members = [];

  /** Creates an empty fleet. `pages` holds options for `Tab.open`, which its tabs use in turn. */
  constructor(browser, test, hub, pages = [{}]) {
    this.#pages = pages;
    this.#browser = browser;
    this.#test = test;
    this.#hub = hub;
  }

  /** Opens another tab, with these channels. */
  async join(channels) {
    const page = this.#pages[this.#members.length % this.#pages.length];
    const tab = await this.#browser.open(this.#test, page);
    const member = { tab };
    this.#members.push(member);
    await this.#begin(member, channels);
    return member;
  }

  async #begin(member, channels) {
    member.channels = channels;
    await member.tab.evaluate(([url, channels]) => {
      globalThis.mux = new everstream.MuxWatch(url, 'everyone');
      for (const channel of channels) mux.open(channel);
    }, [this.#hub.url, channels]);
  }

  /** Adds a channel to one tab. */
  async open(member, channel) {
    member.channels = [...member.channels, channel];
    await member.tab.evaluate((channel) => mux.open(channel), channel);
  }

  async report(member) {
    return JSON.parse(await member.tab.evaluate('mux.report()'));
  }

  reports() {
    return Promise.all(this.#members.map((member) => this.report(member)));
  }

  /** Waits until every tab counts all of them, and returns the tab that leads. */
  async leader() {
    const size = this.#members.length;
    const isLeader = ({ sharing }) => sharing[0] === 'Leader';
    const fits = (reports) => reports.filter(isLeader).length === 1
      && reports.every(({ sharing }) => sharing[1] === size);
    const reports = await eventually(`${size} tabs are one fleet`, () => this.reports(), fits);
    // The package's tabs don't report their connections.
    const counted = reports.filter(({ connections }) => connections !== undefined);
    assert.deepEqual(
      counted.map(({ connections }) => connections),
      counted.map((report) => (isLeader(report) ? 1 : 0)),
    );
    return this.#members[reports.findIndex(isLeader)];
  }

  /** Waits until every channel of every tab has received a newer event. */
  async untilAllGoOn() {
    const lasts = (reports) => reports.flatMap(({ channels }) =>
      Object.values(channels).map(({ numbers }) => numbers.at(-1) ?? 0));
    const before = Math.max(...lasts(await this.reports()));
    const fits = (reports) => lasts(reports).every((last) => last > before);
    await eventually(`all go on behind ${before}`, () => this.reports(), fits);
  }

  async close(member) {
    this.#members = this.#members.filter((other) => other !== member);
    await member.tab.close();
  }

  async kill(member) {
    this.#members = this.#members.filter((other) => other !== member);
    await member.tab.kill();
  }

  /** Reloads a tab, which starts afresh with the same channels. */
  async reload(member) {
    await member.tab.reload();
    await this.#begin(member, member.channels);
  }

  /**
   * Asserts that each channel of every tab has received all events from its first one, once and in order. Channels in
   * `left` had no subscribers for a while, so a gap must have been reported if events are missing.
   */
  async assertComplete(left = []) {
    for (const { channels } of await this.reports()) {
      for (const [name, { numbers, gaps, errors }] of Object.entries(channels)) {
        const [first] = numbers;
        if (left.includes(name)) {
          assert.ok(numbers.every((number, index) => index === 0 || number > numbers[index - 1]), name);
          assert.ok(gaps > 0 || numbers.at(-1) === first + numbers.length - 1, `${name}: a gap is told`);
          continue;
        }
        const whole = Array.from(numbers, (_, index) => first + index);
        assert.deepEqual(numbers, whole, name);
        assert.deepEqual([gaps, errors], [0, []], name);
      }
    }
  }

  async stop() {
    await Promise.all(this.#members.map(({ tab }) => tab.evaluate('mux.stop()')));
  }
}
