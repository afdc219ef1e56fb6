// A source under watch in a worker, dedicated or shared, which does what its page tells it.

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
