import { EventSource } from 'everstream';

// What to open is told behind the `#`.
const source = new EventSource(decodeURIComponent(location.hash.slice(1)));
globalThis.received = new Promise((resolve, reject) => {
  source.onmessage = ({ data }) => resolve(data);
  source.onerror = ({ message }) => reject(new Error(message));
});
