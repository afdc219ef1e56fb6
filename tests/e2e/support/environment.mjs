/** Where `cargo xtask test --pages` says that the server and the browser are. */

function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by \`cargo xtask test --pages\``);
  return value;
}

/** The origin that serves the page and the scenarios. */
export const ORIGIN = given('EVERSTREAM_TEST_SERVER');

/**
 * The origin that serves the examples and the pages that a server has rendered, each in a folder of
 * its own, and the demo's streams.
 */
export const EXAMPLES = given('EVERSTREAM_EXAMPLES');

/** The origin that serves the demo. */
export const DEMO = given('EVERSTREAM_DEMO');

/** The browser's executable. */
export const CHROMIUM = given('EVERSTREAM_CHROMIUM');

/** Whether what takes long is to be done at its full length: `cargo xtask soak`. */
export const SOAK = Boolean(process.env.EVERSTREAM_SOAK);

/** The driver of Firefox; nothing where there is no Firefox. */
export const GECKODRIVER = process.env.EVERSTREAM_GECKODRIVER;
