// The cases as a page runs them, and Node.

import { run } from '../conformance/kit.js';
import { cases } from './cases.js';

globalThis.names = Object.keys(cases);
globalThis.runCase = (name, origin) => run(cases[name], { origin, close() {} });
