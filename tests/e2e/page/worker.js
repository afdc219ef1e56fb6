// A recorded source in a dedicated or shared worker, which obeys its page.

import init, { Watch } from './pkg/everstream_e2e_page.js';

const ready = init();
let watch;

const orders = {
  open(url, options) {
    watch = new Watch(url, options);
  },
  report: () => watch.report(),
  stop: () => watch.stop(),
};

function obey(port) {
  port.onmessage = async ({ data: { number, order, details } }) => {
    await ready;
    port.postMessage({ number, answer: orders[order](...details) });
  };
}

if ('onconnect' in globalThis) {
  globalThis.onconnect = ({ ports: [port] }) => obey(port);
} else {
  obey(globalThis);
}
