import assert from 'node:assert/strict';
import { kill } from 'node:process';

import { Browser } from '../../npm/support/webdriver.mjs';
import { ORIGIN } from './environment.mjs';
import { eventually } from './eventually.mjs';
import { Watch } from './watch.mjs';

/** More processes than any test has tabs, so that each tab has its own and can crash alone. */
const PROCESSES = 100;

const PREFERENCES = {
  'dom.ipc.processCount.webIsolated': PROCESSES,
  // Crashes are intended here and must not prompt the user.
  'browser.tabs.crashReporting.sendReport': false,
  'browser.sessionstore.resume_from_crash': false,
};

/** Makes the page collect its uncaught errors. */
function noteProblems() {
  globalThis.problems = [];
  addEventListener('error', ({ message }) => problems.push(message));
  addEventListener('unhandledrejection', ({ reason }) => problems.push(String(reason)));
}

/** Firefox with the behaviour that its users get, with many tabs. */
export class Firefox {
  #browser;
  /** The tab that the browser opened at its start. */
  #home;
  #tabs = [];
  /** Serializes commands, because the driver acts in one tab at a time. */
  #last = Promise.resolve();

  /** Starts the browser; `prefs` apply to one test alone. */
  static async launch(prefs = {}) {
    const firefox = new Firefox();
    firefox.#browser = await Browser.firefox({
      prefs: { ...PREFERENCES, ...prefs },
      privileged: true,
    });
    firefox.#home = await firefox.drive((browser) => browser.command('GET', 'window'));
    // Clearing the variable stops the driver from ending the whole browser when the first page crashes.
    await firefox.behindPages(() => Services.env.set('MOZ_CRASHREPORTER_SHUTDOWN', ''));
    return firefox;
  }

  /** Opens the tests' page in a new tab that closes with the test. */
  async open(test, options) {
    const tab = await FirefoxTab.open(this, options);
    this.#tabs.push(tab);
    test.after(() => tab.close());
    return tab;
  }

  /** Runs `work` with the driver after all earlier work is done. */
  drive(work) {
    const done = this.#last.then(() => work(this.#browser));
    this.#last = done.catch(() => {});
    return done;
  }

  /** Runs a function in the browser's own window, with the tab `handle` selected. */
  behindPages(work, handle = this.#home) {
    return this.drive(async (browser) => {
      await browser.command('POST', 'window', { handle });
      await browser.command('POST', 'moz/context', { context: 'chrome' });
      try {
        return await browser.evaluate(work);
      } finally {
        await browser.command('POST', 'moz/context', { context: 'content' });
      }
    });
  }

  /** Opens an empty tab and returns its handle. */
  newTab() {
    return this.drive(async (browser) => {
      // Selects a tab that exists: the driver insists on one, and the last one used may be closed.
      await browser.command('POST', 'window', { handle: this.#home });
      return (await browser.command('POST', 'window/new', { type: 'tab' })).handle;
    });
  }

  /** Closes the open tabs and ends the browser. */
  async close() {
    for (const tab of this.#tabs) await tab.close();
    await this.drive((browser) => browser.close());
  }
}

/** A tab with the tests' page in it. Its methods are those of `Tab`. */
class FirefoxTab {
  #firefox;
  #handle;
  #isGone = false;

  static async open(firefox, { script = '', origin = ORIGIN } = {}) {
    const tab = new FirefoxTab();
    tab.#firefox = firefox;
    tab.#handle = await firefox.newTab();
    assert.equal(script, '', 'nothing can run before a page here');
    await tab.#drive((browser) => browser.goTo(origin));
    await tab.#untilReady();
    return tab;
  }

  /** Runs `work` in this tab. */
  #drive(work) {
    return this.#firefox.drive(async (browser) => {
      await browser.command('POST', 'window', { handle: this.#handle });
      return work(browser);
    });
  }

  async #untilReady() {
    await eventually('the page is ready', () => this.evaluate('Boolean(globalThis.everstream)'), (ready) => ready);
    await this.evaluate(noteProblems);
  }

  /** Evaluates in the page's own realm, because the driver's scripts have another with its own global object. */
  async evaluate(script, argument) {
    const value = typeof script === 'string' ? script : `(${script})(${JSON.stringify(argument) ?? ''})`;
    const code = `(async () => JSON.stringify([await (${value})]))()`;
    const outcome = await this.#drive((browser) => browser.evaluate((code) => window.eval(code), code));
    return JSON.parse(outcome)[0];
  }

  watch(scenario, options) {
    return Watch.start(this, scenario.url, options);
  }

  async reload() {
    await this.#drive((browser) => browser.command('POST', 'refresh', {}));
    await this.#untilReady();
  }

  /** Ends the process that runs the page, as a crash would. */
  async kill() {
    const ask = () => gBrowser.selectedBrowser.frameLoader.remoteTab.osPid;
    const id = await this.#firefox.behindPages(ask, this.#handle);
    assert.ok(id > 1);
    kill(id, 'SIGKILL');
    await this.#leave();
  }

  async close() {
    if (this.#isGone) return;
    assert.deepEqual(await this.evaluate('globalThis.problems'), [], 'the page had no problems');
    await this.#leave();
  }

  async #leave() {
    this.#isGone = true;
    await this.#drive((browser) => browser.command('DELETE', 'window'));
  }
}
