// CommonJS, and tools that load modules in their own ways.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { NEIGHBOURS, withNeighbours } from './support/bundle.mjs';
import { before } from './support/hooks.mjs';
import { blocks } from './support/readme.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';

const HERE = import.meta.dirname;
const MODULES = join(NEIGHBOURS, 'node_modules');
const run = promisify(execFile);
let pkg, server, env;

before(async () => {
  pkg = await unpack();
  await cp(join(HERE, 'tools'), pkg.root, { recursive: true });
  // In this folder the file has another name, so that Node doesn't take it for one of its tests.
  await rename(join(pkg.root, 'vitest.case.mjs'), join(pkg.root, 'vitest.test.mjs'));
  await writeFile(join(pkg.root, 'package.json'), '{ "private": true }');
  server = await Server.start({});
  const script = [{ chunks: ['data: tools\n\n'], end: false }];
  env = { ...process.env, STREAM: `${server.origin}/play/tools?${encodeURIComponent(JSON.stringify(script))}` };
  // These variables would make the test runner take the tools' processes for its own.
  for (const name of ['NODE_TEST_CONTEXT', 'NODE_OPTIONS']) delete env[name];
  if (withNeighbours.skip) return;
  for (const name of ['jest-environment-jsdom', 'vitest', 'typescript']) {
    await symlink(join(MODULES, name), join(pkg.root, 'node_modules', name));
  }
});

after(async () => {
  await server?.close();
  await pkg?.remove();
});

/** Runs a program, and fails with its whole output. */
const tool = (program, args, node = process.execPath) =>
  run(node, [join(MODULES, program), ...args], { cwd: pkg.root, env, timeout: 60_000 }).catch(({ message, stdout, stderr }) => {
    throw new Error(`${message}\n${stdout}\n${stderr}`);
  });

const SCRIPT = `
  const { EventSource, EventSourceError } = require('everstream');
  const { Mux } = require('everstream/mux');
  const { createStore } = require('everstream/store');
  const source = new EventSource(process.env.STREAM);
  source.onmessage = async ({ data }) => {
    source.close();
    const modules = await import('everstream');
    const common = require.resolve('everstream').includes('cjs');
    const one = new Mux('http://localhost/').channel('a');
    console.log(data, common, modules.EventSource === EventSource, typeof createStore, one.state, new EventSourceError('fetch').code);
    one.close();
  };`;

test('node: CommonJS: what is required is what is imported', async () => {
  const { stdout } = await run(process.execPath, ['-e', SCRIPT], { cwd: pkg.root, env });
  assert.equal(stdout, 'tools false true function connecting fetch\n');
});

test('node: CommonJS: where modules can\'t be required, there is CommonJS', async () => {
  const flags = ['--no-experimental-require-module'];
  const { stdout } = await run(process.execPath, [...flags, '-e', SCRIPT], { cwd: pkg.root, env });
  assert.equal(stdout, 'tools true false function connecting fetch\n');
});

test('node: CommonJS: every entry has the same class, and loads on demand what it would import', async () => {
  const entries = ['everstream', 'everstream/mux', 'everstream/shared', 'everstream/slim'];
  const code = `console.log(new Set(${JSON.stringify(entries)}.map((name) => require(name).EventSource)).size)`;
  const { stdout } = await run(process.execPath, ['--no-experimental-require-module', '-e', code], { cwd: pkg.root, env });
  assert.equal(stdout, '1\n');
  const alone = `
    const store = require('everstream/store').createStore(process.env.STREAM);
    const leave = store.subscribe(() => store.getSnapshot().data && (console.log(store.getSnapshot().data), leave()));`;
  const shown = await run(process.execPath, ['--no-experimental-require-module', '-e', alone], { cwd: pkg.root, env });
  assert.equal(shown.stdout, 'tools\n');
});

test('Jest: CommonJS, fake timers and jsdom', withNeighbours, async () => {
  const recipe = (await blocks(pkg.directory, 'RECIPES.md')).find(({ code }) => code.startsWith('// jest-environment.js'));
  await writeFile(join(pkg.root, 'jest-environment.js'), recipe.code);
  const { stderr } = await tool('jest/bin/jest.js', ['--rootDir', pkg.root, '--testMatch', '**/{node,jsdom,bare}.case.js']);
  assert.match(stderr, /Tests: +6 passed, 6 total/);
});

test('Mocha', withNeighbours, async () => {
  const { stdout } = await tool('mocha/bin/mocha.js', ['mocha.cjs']);
  assert.match(stdout, /1 passing/);
});

test('ts-node', withNeighbours, async () => {
  const compilerOptions = {
    ...{ module: 'commonjs', moduleResolution: 'node10', target: 'es2022', lib: ['ES2022'] },
    ...{ strict: true, types: ['node'], typeRoots: [join(HERE, 'node_modules/@types')] },
  };
  const directory = join(pkg.root, 'ts-node');
  await mkdir(directory);
  await cp(join(pkg.root, 'ts-node.ts'), join(directory, 'main.ts'));
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const { stdout } = await tool('ts-node/dist/bin.js', [join(directory, 'main.ts')]);
  assert.equal(stdout, 'tools closed\n');
});

const onNode22 = { skip: withNeighbours.skip || (!process.env.EVERSTREAM_NODE_22 && 'no Node 22') };

test('vitest: fake timers', onNode22, async () => {
  const { stdout } = await tool('vitest/vitest.mjs', ['run', 'vitest.test.mjs'], process.env.EVERSTREAM_NODE_22);
  assert.match(stdout, /2 passed/);
});
