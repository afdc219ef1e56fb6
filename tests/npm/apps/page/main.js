import { EventSource } from 'everstream';

// The fragment of the page's URL names the stream to open.
const source = new EventSource(decodeURIComponent(location.hash.slice(1)));
globalThis.received = new Promise((resolve, reject) => {
  source.onmessage = ({ data }) => resolve(data);
  source.onerror = ({ message }) => reject(new Error(message));
});
