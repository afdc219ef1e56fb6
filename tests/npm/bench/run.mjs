// Runs the package beside other libraries, by `cargo xtask bench --npm[=PART]`:
// `node bench/run.mjs [--rounds N] [--check] [PART…]`. With `--check` it fails when the package misses a limit.

import { parseArgs } from 'node:util';

import { unpack } from '../support/tarball.mjs';
import { sizes } from './sizes.mjs';
import { speed } from './speed.mjs';
import { start } from './start.mjs';

const PARTS = { sizes, start, speed };

const options = { check: { type: 'boolean' }, rounds: { type: 'string' } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });

const pkg = await unpack();
const misses = [];
try {
  for (const part of positionals.length ? positionals : Object.keys(PARTS)) {
    misses.push(...(await PARTS[part](pkg, Number(values.rounds ?? 7))));
  }
} finally {
  await pkg.remove();
}
for (const miss of misses) console.log(`owed: ${miss}`);
if (values.check && misses.length) process.exitCode = 1;
