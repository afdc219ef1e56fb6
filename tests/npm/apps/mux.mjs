// Opens a channel and a source, each on its own core: `<runtime> mux.mjs <hub> <stream>`. Prints the data that the
// source has received, and the channel's state.

import process from 'node:process';

import { EventSource } from 'everstream';
import { Mux } from 'everstream/mux';

const [hub, stream] = process.argv.slice(2);
const source = new EventSource(stream);
const mux = new Mux(hub);
const channel = mux.channel('prices');
const [{ data }] = await Promise.all([
  new Promise((resolve) => (source.onmessage = resolve)),
  new Promise((resolve) => (channel.onopen = resolve)),
]);
console.log(data, channel.state);
source.close();
mux.close();
