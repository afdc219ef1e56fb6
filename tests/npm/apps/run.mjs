// Prints the first event of the stream in the first argument, in Node, Deno and Bun.

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
