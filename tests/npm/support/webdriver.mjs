import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const CHROMIUM = new URL('../../browser/webdriver.json', import.meta.url);

/** The names of the browsers that are available. */
export const BROWSERS = Object.entries({ chromium: 'EVERSTREAM_CHROMIUM', firefox: 'EVERSTREAM_GECKODRIVER' })
  .filter(([, variable]) => process.env[variable])
  .map(([name]) => name);

/** The line that a driver prints once it listens. */
const READY = /started successfully on port (\d+)|Listening on 127\.0\.0\.1:(\d+)/;

/** A browser controlled by the W3C's WebDriver protocol. */
export class Browser {
  #driver;
  #url;

  static async chromium() {
    const capabilities = JSON.parse(await readFile(CHROMIUM, 'utf8'));
    return Browser.#start('chromedriver', ['--port=0'], capabilities);
  }

  /** Starts Firefox. `prefs` apply to one test alone; `privileged` grants access to the browser's own window. */
  static async firefox({ prefs = {}, privileged = false } = {}) {
    const options = { args: ['-headless'], prefs };
    const access = privileged ? ['--allow-system-access'] : [];
    return Browser.#start('geckodriver', ['--port', '0', ...access], { 'moz:firefoxOptions': options });
  }

  static async #start(program, args, alwaysMatch) {
    const browser = new Browser();
    // The driver stays in this process group, which ends as a whole with the process that started it.
    const driver = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    browser.#driver = driver;
    const port = await new Promise((resolve, reject) => {
      driver.on('error', reject);
      driver.on('exit', () => reject(new Error(`${program} has ended`)));
      for (const output of [driver.stdout, driver.stderr]) {
        createInterface({ input: output }).on('line', (line) => {
          const said = READY.exec(line);
          if (said) resolve(said[1] ?? said[2]);
        });
      }
    });
    const root = `http://127.0.0.1:${port}/session`;
    try {
      const { sessionId } = await command('POST', root, { capabilities: { alwaysMatch } });
      browser.#url = `${root}/${sessionId}`;
      await browser.#post('timeouts', { script: 60_000 });
    } catch (error) {
      driver.kill();
      throw error;
    }
    return browser;
  }

  async goTo(url) {
    await this.#post('url', { url });
  }

  /** Runs a function in the page. The function may return a promise. */
  async evaluate(work, ...args) {
    const script = `
      const args = [...arguments];
      const done = args.pop();
      Promise.resolve()
        .then(() => (${work})(...args))
        .then((value) => done({ value }), (error) => done({ error: String(error?.stack ?? error) + ' ' + error?.message }));`;
    const outcome = await this.#post('execute/async', { script, args });
    if (outcome.error !== undefined) throw new Error(outcome.error);
    return outcome.value;
  }

  /** Sends a command for which this class has no method. */
  command(method, path, body) {
    return command(method, `${this.#url}/${path}`, body);
  }

  /** Sends a DevTools command, which Chromium alone supports. */
  cdp(cmd, params = {}) {
    return this.#post('goog/cdp/execute', { cmd, params });
  }

  /** Ends the browser, then its driver. */
  async close() {
    await command('DELETE', this.#url);
    const ended = once(this.#driver, 'exit');
    this.#driver.kill();
    await ended;
  }

  #post(path, body) {
    return command('POST', `${this.#url}/${path}`, body);
  }
}

async function command(method, url, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${value.error} ${value.message}`);
  return value;
}
