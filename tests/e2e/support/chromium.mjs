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

/** The flags that the other browser tests use too. */
const FLAGS = new URL('../../browser/webdriver.json', import.meta.url);

const OWN_FLAGS = [
  '--remote-debugging-port=0',
  // The first tab would be loading its page still while Playwright attaches to it, and every now
  // and then it would wait for that in vain.
  '--no-startup-window',
];

/** The line that says where the browser can be driven from. */
const READY = /^DevTools listening on (ws:\S+)$/;

/**
 * Chromium as its users have it.
 *
 * Playwright, left to itself, starts it without the back/forward cache and without throttling, and
 * keeps every page focused and thereby visible: nothing could be hidden, frozen or cached. So it
 * is started here, and Playwright connects without its defaults. It can't drive the Firefox of a
 * Linux distribution, nor WebKitGTK, and neither has a command to freeze a page: most of these tests
 * are Chromium's alone. What Firefox can be told by WebDriver, it is told by `firefox.mjs`.
 */
export class Chromium {
  #process;
  #profile;
  #browser;

  /** `flags` are those of one test alone. */
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

  /**
   * Opens the tests' page, or another, in a tab of its own, which is closed with the test. For the
   * options see `Tab.open`.
   */
  async open(test, options) {
    const [context] = this.#browser.contexts();
    const tab = await Tab.open(context, options);
    test.after(() => tab.close());
    return tab;
  }

  /**
   * Opens any page in a tab of its own, which is closed with the test, and must have no problems.
   * `prepare` is given the tab before it is sent there.
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

  /** The processes in which its pages run. */
  async renderers() {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  }

  /** Ends the browser and takes its profile away. */
  async close() {
    // Its output is closed only when its helpers, who write to the profile too, have ended.
    const ended = once(this.#process, 'close');
    const session = await this.#browser.newBrowserCDPSession();
    // The answer may or may not come before the connection goes.
    session.send('Browser.close').catch(() => {});
    await ended;
    await rm(this.#profile, { recursive: true });
  }
}

/** Reads the browser's output up to its address, and then on, so that it never has to wait. */
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
