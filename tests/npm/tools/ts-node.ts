// ts-node with CommonJS and the oldest way of resolving modules, types checked.

import { EventSource, type EventSourceError } from 'everstream';
import { createStore } from 'everstream/store';

const source: EventSource = new EventSource(process.env['STREAM']!);
source.onerror = ({ error }: { error: EventSourceError }) => console.log(error.code);
source.onmessage = ({ data }) => {
  console.log(data, createStore(null).getSnapshot().state);
  source.close();
};
