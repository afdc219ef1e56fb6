// Prints every kind of object that the package has, as the runtime's own console shows it.

import { EventSource, Mux } from 'everstream/mux';

const [url, gone] = process.argv.slice(2);
const source = new EventSource(url, { json: true });
const next = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
const message = await next(source, 'tick');
const failing = new EventSource(gone);
const failed = await next(failing, 'error');
const mux = new Mux('http://user:secret@127.0.0.1:2/mux');
const channel = mux.channel('prices');

class Mine extends EventSource {}
const mine = new Mine(url);

for (const [name, value] of Object.entries({ message, source, failed, error: failed.error, mux, channel, mine, event: new Event('x') })) {
  console.log(`== ${name}`);
  console.log(value);
}
console.log('== prototypes');
console.log(EventSource.prototype, message.constructor, Object.getPrototypeOf(message), EventSource, Mux.prototype);
console.log('== nested');
console.log({ list: [message], map: new Map([['source', source]]) });
console.log('== end');
for (const open of [source, failing, mine, mux]) open.close();
