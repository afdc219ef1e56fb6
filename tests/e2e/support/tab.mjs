import assert from 'node:assert/strict';

import { ORIGIN } from './environment.mjs';
import { eventually } from './eventually.mjs';
import { Watch } from './watch.mjs';

/** A tab with the tests' page in it. */
export class Tab {
  /** Playwright's page, for whatever this class doesn't wrap. */
  page;
  /** The DevTools session, for whatever this class doesn't wrap. */
  devtools;
  #problems = [];
  /** An expression that is truthy once the page's script has run. */
  #isReady;

  /** Opens a tab. `script` runs before the page's own; `isReady` is an expression that is truthy once that has run. */
  static async open(
    context,
    { script = '', origin = ORIGIN, isReady = 'globalThis.everstream' } = {},
  ) {
    const tab = new Tab();
    tab.page = await context.newPage();
    tab.devtools = await context.newCDPSession(tab.page);
    tab.page.on('pageerror', (error) => tab.#problems.push(error.message));
    tab.page.on('console', (message) => {
      // Tests intend failed requests, which the console also shows as errors, so only panics count.
      if (message.text().includes('panicked')) tab.#problems.push(message.text());
    });
    await tab.page.addInitScript(script);
    await tab.page.goto(origin);
    tab.#isReady = isReady;
    await tab.#untilReady();
    return tab;
  }

  async #untilReady() {
    await this.evaluate(`new Promise((ready) => {
      const look = () => ${this.#isReady} ? ready() : setTimeout(look, 1);
      look();
    })`);
  }

  evaluate(script, argument) {
    return this.page.evaluate(script, argument);
  }

  /** Opens a source on a scenario; for the options see `page/src/options.rs`. */
  watch(scenario, options) {
    return Watch.start(this, scenario.url, options);
  }

  /** Freezes the page, as the browser does to a page that has been hidden for a while. */
  async freeze() {
    await this.#setLifecycleState('frozen');
  }

  /** Lets the page run again, still hidden as a frozen page is. */
  async thaw() {
    await this.#setLifecycleState('active');
  }

  async #setLifecycleState(state) {
    await this.devtools.send('Page.setWebLifecycleState', { state });
  }

  /** Brings another tab in front of this one, until the test ends or the returned function is called. */
  async hide(test) {
    const other = await this.page.context().newPage();
    const show = async () => {
      await other.close();
      await this.page.bringToFront();
      await this.#untilVisibility('visible');
    };
    test.after(() => other.close());
    await other.bringToFront();
    await this.#untilVisibility('hidden');
    return show;
  }

  async #untilVisibility(wanted) {
    const ask = () => this.evaluate('document.visibilityState');
    await eventually(`the page is ${wanted}`, ask, (state) => state === wanted);
  }

  /** Waits until the browser throttles the page's timers to one in `interval` milliseconds. */
  async untilThrottled(interval) {
    await this.evaluate(async (interval) => {
      const tick = () => new Promise((resolve) => setTimeout(resolve, 10));
      let took = 0;
      while (took < interval / 2) {
        const began = performance.now();
        await tick();
        took = performance.now() - began;
      }
    }, interval);
  }

  /** Disconnects the browser from the network, or reconnects it. */
  async setOffline(offline) {
    await this.page.context().setOffline(offline);
    await eventually(`offline is ${offline}`, () => this.evaluate('navigator.onLine'), (online) => online !== offline);
  }

  /** Reloads the page. */
  async reload() {
    await this.page.reload();
    await this.#untilReady();
  }

  /** Ends the process that runs the page, as a crash would. */
  async kill() {
    const crashed = this.page.waitForEvent('crash');
    // A page that crashes never answers the command.
    this.devtools.send('Page.crash').catch(() => {});
    await crashed;
  }

  async close() {
    await this.page.close();
    assert.deepEqual(this.#problems, [], 'the page had no problems');
  }
}
