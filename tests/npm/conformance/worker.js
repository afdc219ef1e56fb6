// The cases in a dedicated or a shared worker, one for each message.

import { EventSource } from '/pkg/index.js';
import { cases } from '/conformance/cases.js';
import { Kit, run } from '/conformance/kit.js';

globalThis.EventSource = EventSource;

const listen = (port) => {
  port.onmessage = ({ data: { name, origins } }) =>
    run(cases[name], new Kit({ EventSource: globalThis.EventSource, base: location.href, browser: true, ...origins })).then(
      () => port.postMessage({}),
      (error) => port.postMessage({ error: `${error?.stack} ${error?.message}` }),
    );
};

if ('onconnect' in globalThis) globalThis.onconnect = ({ ports: [port] }) => listen(port);
else listen(globalThis);
