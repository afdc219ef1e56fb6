import { cors } from './cors.js';
import { extras } from './extras.js';
import { standard } from './standard.js';

/** Every case by its name. */
export const cases = { ...standard, ...cors, ...extras };

/** Those that need a browser's rules. */
export const browserOnly = new Set(Object.keys(cors));
