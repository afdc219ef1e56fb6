import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { start } from './mcp/server.mjs';
import { unpack } from './support/tarball.mjs';

let pkg, EventSource;

before(async () => {
  pkg = await unpack();
  ({ EventSource } = await import(pathToFileURL(join(pkg.directory, 'index.js'))));
});

after(() => pkg?.remove());

const VERSION = '2025-11-25';

/** One call, as a client makes it with the package: everything that its answer has brought. */
async function call(server, session, message) {
  const { id } = message;
  const source = new EventSource(server.url, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': VERSION,
      ...(session && { 'mcp-session-id': session }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    json: true,
    resume: 'get',
    until: ({ data }) => data.includes(`"id":${id}`) && 'last',
  });
  let answer;
  source.onopen = ({ headers }) => (answer ??= headers);
  const seen = [];
  for await (const { data } of source) if (data) seen.push(data);
  return { seen, session: answer.get('mcp-session-id') };
}

const INITIALIZE = {
  id: 0,
  method: 'initialize',
  params: { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: 'everstream', version: '0' } },
};

test('node: MCP: a call whose stream is closed three times is whole, and was sent once', async () => {
  const server = await start();
  try {
    const { session } = await call(server, undefined, INITIALIZE);
    server.log.length = 0;
    const { seen } = await call(server, session, { id: 1, method: 'tools/call', params: { name: 'slow', arguments: {} } });
    assert.deepEqual(
      seen.map(({ params, result }) => params?.data ?? result.content[0].text),
      ['step 1', 'step 2', 'step 3', 'counted'],
    );
    const methods = server.log.map(({ method }) => method);
    assert.deepEqual([methods.filter((method) => method === 'POST').length, methods[0]], [1, 'POST']);
    const continued = server.log.slice(1);
    assert.ok(continued.length >= 3, `continued ${continued.length} times`);
    assert.ok(continued.every(({ method, headers, body }) => method === 'GET' && headers['last-event-id'] && headers['mcp-session-id'] === session && !body));
  } finally {
    await server.close();
  }
});

test('node: MCP: an answer in JSON is one event', async () => {
  const server = await start({ json: true });
  try {
    const { seen, session } = await call(server, undefined, INITIALIZE);
    assert.equal(seen[0].result.serverInfo.name, 'test');
    const { seen: tools } = await call(server, session, { id: 1, method: 'tools/list' });
    assert.deepEqual(tools.map(({ result }) => result.tools[0].name), ['slow']);
    assert.deepEqual(server.log.map(({ method }) => method), ['POST', 'POST']);
  } finally {
    await server.close();
  }
});

// It is written for Node 22, in which `cargo xtask test` runs it.
const OLD = Number(process.versions.node.split('.')[0]) < 22 && 'the scenarios need Node 22';

test('node: MCP: the scenario `sse-retry` of its conformance tests', { skip: OLD }, async () => {
  const client = join(pkg.root, 'client.mjs');
  await cp(join(import.meta.dirname, 'mcp/client.mjs'), client);
  const require = createRequire(import.meta.url);
  const home = dirname(require.resolve('@modelcontextprotocol/conformance/package.json'));
  const args = [join(home, 'dist/index.js'), 'client', '--scenario', 'sse-retry', '--command', `${process.execPath} ${client}`];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: pkg.root }).catch((failed) => {
    throw new Error(`${failed.stdout}\n${failed.stderr}`);
  });
  assert.match(stdout + stderr, /3\/3|0 failed, 0 warnings/);
});
