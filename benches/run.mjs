// Runs the benchmarks as wasm: `node run.mjs <bindings> [--check]`. The bindings are wasm-bindgen's output
// for Node.

import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const [bindings, option] = process.argv.slice(2)
if (!bindings || (option && option !== '--check')) {
  console.error('Usage: node run.mjs <bindings> [--check]')
  process.exit(2)
}

const { run } = createRequire(import.meta.url)(resolve(bindings))
const passed = run()
if (option === '--check' && !passed) process.exitCode = 1
