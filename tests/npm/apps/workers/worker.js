import { EventSource } from 'everstream';

/** Answers each message with the first event of the stream that it names. */
const serve = (port) => {
  port.onmessage = ({ data: url }) => {
    const source = new EventSource(url);
    source.onmessage = ({ data }) => {
      source.close();
      port.postMessage(data);
    };
    source.onerror = ({ message }) => port.postMessage(`error: ${message}`);
  };
};

if ('onconnect' in globalThis) globalThis.onconnect = ({ ports }) => serve(ports[0]);
else if ('clients' in globalThis) {
  globalThis.addEventListener('activate', (event) => event.waitUntil(globalThis.clients.claim()));
  globalThis.addEventListener('message', ({ data, ports }) => {
    const [port] = ports;
    serve(port);
    port.onmessage({ data });
  });
} else serve(globalThis);
