import { caller } from './caller.js';
import { cors } from './cors.js';
import { ends } from './ends.js';
import { extras } from './extras.js';
import { objects } from './objects.js';
import { options } from './options.js';
import { requests } from './requests.js';
import { standard } from './standard.js';
import { told } from './told.js';

/** Every case by its name. */
export const cases = { ...standard, ...caller, ...cors, ...extras, ...ends, ...objects, ...options, ...requests, ...told };

/** The names of the cases that need a browser's rules. */
export const browserOnly = new Set(Object.keys(cors));
