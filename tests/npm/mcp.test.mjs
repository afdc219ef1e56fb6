// Tests MCP's Streamable HTTP against a server of its SDK, and runs its conformance tests for clients.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { before } from './support/hooks.mjs';
import { unpack } from './support/tarball.mjs';

const MCP = join(import.meta.dirname, '../mcp');
/** The path where `cargo xtask test --npm` has put a Node that is new enough for the conformance tests. */
const NODE = process.env.EVERSTREAM_NODE_22;
let pkg;

before(async () => {
  pkg = await unpack();
  // The programs go beside the package, so that their imports find it.
  for (const file of ['client.mjs', 'conformance.mjs']) await copyFile(join(MCP, file), join(pkg.root, file));
});

after(() => pkg?.remove());

const skip = !process.env.EVERSTREAM_MCP && 'no MCP server';

test('node: a tool call whose stream the server closes three times is one POST', { skip, timeout: 60_000 }, async (t) => {
  const { serve } = await import(pathToFileURL(join(MCP, 'server.mjs')).href);
  const { Client } = await import(pathToFileURL(join(pkg.root, 'client.mjs')).href);
  const server = await serve();
  t.after(() => server.close());
  const client = new Client(server.url);
  await client.open();
  const result = await client.request('tools/call', { name: 'slow', arguments: {} });
  assert.deepEqual(result, { content: [{ type: 'text', text: 'done' }] });
  // The client missed no notification while disconnected, and received none twice.
  const told = client.notified.map(({ data }) => data);
  assert.deepEqual(told, ['part 1', 'away 1', 'part 2', 'away 2', 'part 3', 'away 3']);
  const calls = server.seen.filter(({ call }) => call === 'tools/call');
  assert.equal(calls.length, 1);
  const continued = server.seen.filter(({ method }) => method === 'GET');
  assert.equal(continued.length, 3);
  assert.equal(new Set(continued.map(({ from }) => from)).size, 3);
  assert.ok(continued.every(({ from }) => from));
});

test('node: an answer in JSON is one event', { skip, timeout: 60_000 }, async (t) => {
  const { serve } = await import(pathToFileURL(join(MCP, 'server.mjs')).href);
  const { Client } = await import(pathToFileURL(join(pkg.root, 'client.mjs')).href);
  const server = await serve({ json: true });
  t.after(() => server.close());
  const client = new Client(server.url);
  await client.open();
  const { tools } = await client.request('tools/list');
  assert.deepEqual(tools.map(({ name }) => name), ['slow']);
  const { content } = await client.request('tools/call', { name: 'slow', arguments: {} });
  assert.equal(content[0].text, 'done');
  assert.deepEqual(
    server.seen.map(({ method, call }) => [method, call]),
    [
      ['POST', 'initialize'],
      ['POST', 'notifications/initialized'],
      ['POST', 'tools/list'],
      ['POST', 'tools/call'],
    ],
  );
});

const skipOld = skip || (!NODE && 'no Node 22');

test('node: the conformance tests for clients pass: sse-retry', { skip: skipOld, timeout: 60_000 }, async () => {
  const suite = join(MCP, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const command = `${NODE} ${join(pkg.root, 'conformance.mjs')}`;
  const run = [suite, 'client', '--command', command, '--scenario', 'sse-retry'];
  // The suite writes its results into its working directory.
  const { stdout, stderr } = await promisify(execFile)(NODE, run, { cwd: pkg.root });
  assert.match(`${stdout}${stderr}`, /Passed: 3\/3, 0 failed, 0 warnings/);
});
