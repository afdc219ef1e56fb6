// Node, Deno and Bun: prints the first event of what it is told to open.

import process from 'node:process';

import { EventSource } from 'everstream';

const source = new EventSource(process.argv[2]);
source.onmessage = ({ data }) => {
  console.log(data);
  source.close();
};
source.onerror = ({ message }) => {
  console.error(message);
  process.exitCode = 1;
  source.close();
};
