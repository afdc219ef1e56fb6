import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { chromium } from 'playwright-core';

import { CHROMIUM } from './environment.mjs';
import { Tab } from './tab.mjs';

/** The flags that the other browser tests use as well. */
const FLAGS = new URL('../../browser/webdriver.json', import.meta.url);

const OWN_FLAGS = [
  '--remote-debugging-port=0',
  // Without a startup window no first tab is loading while Playwright attaches. Otherwise Playwright now and then waits
  // for that tab in vain.
  '--no-startup-window',
];

/** The line in which the browser prints its DevTools address. */
const READY = /^DevTools listening on (ws:\S+)$/;

/**
 * Chromium with the behaviour that its users get.
 *
 * By default Playwright starts it without the back/forward cache and without throttling, and keeps every page focused
 * and thereby visible. Pages then can't be hidden, frozen or cached. The class therefore starts Chromium itself, and
 * Playwright connects without its defaults.
 *
 * Playwright can't drive a Linux distribution's Firefox or WebKitGTK, and neither browser has a command to freeze a
 * page. Most of these tests therefore run in Chromium alone. `firefox.mjs` covers what WebDriver can tell Firefox to
 * do.
 */
export class Chromium {
  #process;
  #profile;
  #browser;

  /** Starts the browser; `flags` apply to one test alone. */
  static async launch(flags = []) {
    const launched = new Chromium();
    launched.#profile = await mkdtemp(join(tmpdir(), 'everstream-chromium-'));
    const { args } = JSON.parse(await readFile(FLAGS, 'utf8'))['goog:chromeOptions'];
    launched.#process = spawn(
      CHROMIUM,
      [...args, ...OWN_FLAGS, ...flags, `--user-data-dir=${launched.#profile}`],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    try {
      const endpoint = await announcement(launched.#process);
      launched.#browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
    } catch (error) {
      launched.#process.kill();
      throw error;
    }
    return launched;
  }

  /** Opens the tests' page, or another, in a new tab that closes with the test. For the options see `Tab.open`. */
  async open(test, options) {
    const [context] = this.#browser.contexts();
    const tab = await Tab.open(context, options);
    test.after(() => tab.close());
    return tab;
  }

  /**
   * Opens any page in a new tab that closes with the test, and asserts that the page had no problems. `prepare`
   * receives the page before it navigates.
   */
  async visit(test, url, prepare = () => {}) {
    const [context] = this.#browser.contexts();
    const page = await context.newPage();
    const problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    test.after(async () => {
      await page.close();
      assert.deepEqual(problems, [], 'the page had no problems');
    });
    await prepare(page);
    await page.goto(url);
    return page;
  }

  /** Returns the process IDs of the renderers. */
  async renderers() {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  }

  /** Ends the browser and deletes its profile. */
  async close() {
    // The output closes only when the browser's helpers have ended, which write to the profile too.
    const ended = once(this.#process, 'close');
    const session = await this.#browser.newBrowserCDPSession();
    // The connection may close before the response arrives.
    session.send('Browser.close').catch(() => {});
    await ended;
    await rm(this.#profile, { recursive: true });
  }
}

/**
 * Resolves with the browser's address, and keeps reading its output so that the browser never blocks on a full pipe.
 */
async function announcement(process) {
  const lines = createInterface({ input: process.stderr });
  const said = [];
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const ready = READY.exec(line);
      if (ready) resolve(ready[1]);
      else said.push(line);
    });
    lines.on('close', () => reject(new Error(`Chromium ended at once:\n${said.join('\n')}`)));
    process.on('error', reject);
  });
}
