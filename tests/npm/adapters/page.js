// The page of the cases. The bundler supplies `framework`.

import { createLive } from 'everstream/live';
import { EventSource, Mux } from 'everstream/mux';
import * as adapter from 'framework';

import { run } from '../conformance/kit.js';
import { cases } from './cases.js';
import { Kit } from './kit.js';

const { framework } = adapter;
const all = { ...cases, ...adapter.cases };
globalThis.names = Object.keys(all);
globalThis.runCase = (name, server, testbed) => run(all[name], new Kit({ framework, Mux, EventSource, createLive, server, testbed }));
