/** The addresses of the servers and the browser, as `cargo xtask test --pages` sets them. */

function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by \`cargo xtask test --pages\``);
  return value;
}

/** The origin that serves the page and the scenarios. */
export const ORIGIN = given('EVERSTREAM_TEST_SERVER');

/**
 * The origin that serves the examples and the server-rendered pages, each in its own folder, and the demo's streams.
 */
export const EXAMPLES = given('EVERSTREAM_EXAMPLES');

/** The origin that serves the demo. */
export const DEMO = given('EVERSTREAM_DEMO');

/** The browser's executable. */
export const CHROMIUM = given('EVERSTREAM_CHROMIUM');

/** Whether slow tests run at full length, as in `cargo xtask soak`. */
export const SOAK = Boolean(process.env.EVERSTREAM_SOAK);

/** The path of geckodriver, or `undefined` where there is no Firefox. */
export const GECKODRIVER = process.env.EVERSTREAM_GECKODRIVER;
