// Opens a channel with the core read from a file: `node mux-slim.mjs <hub>`.

import { readFile } from 'node:fs/promises';
import process from 'node:process';

import { init, Mux } from 'everstream/mux/slim';

const mux = new Mux(process.argv[2]);
const channel = mux.channel('prices');
const open = new Promise((resolve) => (channel.onopen = resolve));
await init(readFile(new URL(import.meta.resolve('everstream/everstream-mux.wasm'))));
await open;
console.log(channel.state);
mux.close();
