// One of many tabs.

import init, { Latency } from './wasm/everstream_bench_browser.js';

window.sinceEpoch = () => performance.timeOrigin + performance.now();

/** The pause between two checks, in milliseconds. */
const PAUSE = 20;

async function until(fits) {
  while (!fits()) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

let own;

/** Opens a source, and waits for its first event. */
window.join = async ({ url, shared }) => {
  await init();
  own = new Latency(url, shared);
  await until(() => own.count() > 0);
};

/** Returns how many events that source has received. */
window.received = async () => own.count();

/** Returns the latencies of `count` events on a connection, and of as many that another tab relays. */
window.compare = async ({ url, count }) => {
  await init();
  const follower = new Latency(url, true);
  await until(() => follower.isFollower() && follower.count() > 0);
  const direct = new Latency(url, false);
  await until(() => direct.count() > 0);
  const before = [direct.count(), follower.count()];
  await until(() => direct.count() >= before[0] + count && follower.count() >= before[1] + count);
  const of = (latency, from) => Array.from(latency.late().slice(from, from + count));
  return { direct: of(direct, before[0]), follower: of(follower, before[1]) };
};
