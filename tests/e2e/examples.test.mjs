/** The examples, operated as a user would. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { EXAMPLES } from './support/environment.mjs';
import { eventually } from './support/eventually.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

const visit = (t, name) => browser.visit(t, `${EXAMPLES}/${name}/`);

/** Waits until an element's text fits, and returns it. */
async function text(page, selector, fits = (text) => text !== '') {
  const ask = async () => (await page.locator(selector).allTextContents()).join('\n');
  return eventually(`the text of ${selector}`, ask, fits);
}

const isText = (wanted) => (text) => text === wanted;

/** Waits until the demo's server counts `wanted` open connections of a stream. */
async function connections(stream, wanted) {
  const ask = async () => (await fetch(`${EXAMPLES}/demo/status`)).json();
  await eventually(`${wanted} connections to ${stream}`, ask, (status) => status.connections[stream] === wanted);
}

async function breakTicker() {
  const { ok } = await fetch(`${EXAMPLES}/demo/fault/ticker/drop`, { method: 'POST' });
  assert.ok(ok);
}

test('example plain: prices, and the state', async (t) => {
  const page = await visit(t, 'plain');
  await text(page, '#state', isText('live'));
  assert.match(await text(page, '#ACME'), /^ACME: \d+\.\d\d$/);
  await breakTicker();
  await text(page, '#state', (state) => state !== 'live');
  await text(page, '#state', isText('live'));
  await page.close();
  await connections('ticker', 0);
});

for (const name of ['dioxus-prices', 'yew-dashboard']) {
  test(`example ${name}: every part of the page has the prices of one connection`, async (t) => {
    const page = await visit(t, name);
    await text(page, '.status', isText('live'));
    await eventually('a row for each share', () => page.locator('tr').count(), (rows) => rows === 4);
    await connections('ticker', 1);
    assert.match(await text(page, '.headline'), /^[A-Z]+ is at \d+\.\d\d$/);
    await eventually('the tape is full', () => page.locator('.tape li').count(), (count) => count === 8);
  });

  test(`example ${name}: nothing is lost when the connection is`, async (t) => {
    const page = await visit(t, name);
    const updates = (least) => text(page, '.total', (total) => Number.parseInt(total) >= least);
    await updates(3);
    await breakTicker();
    await text(page, '.status', (status) => status !== 'live');
    await text(page, '.status', isText('live'));
    assert.match(await updates(12), /, 0 gaps$/);
  });

  test(`example ${name}: a pause closes the connection and keeps the page as it is`, async (t) => {
    const page = await visit(t, name);
    await eventually('a row for each share', () => page.locator('tr').count(), (rows) => rows === 4);
    await page.locator('.toggle').click();
    await text(page, '.status', isText('paused'));
    await connections('ticker', 0);
    assert.equal(await page.locator('tr').count(), 4);
    await page.locator('.toggle').click();
    await text(page, '.status', isText('live'));
    await connections('ticker', 1);
  });
}

async function ask(page, question) {
  await page.locator('input').fill(question);
  await page.locator('form button').click();
}

test('example leptos-chat: an answer comes token by token, to its end', async (t) => {
  const page = await visit(t, 'leptos-chat');
  await ask(page, 'How does a stream resume?');
  const beginning = await text(page, '.answer');
  await text(page, '.verdict', isText('done'));
  const whole = await text(page, '.answer');
  assert.ok(whole.startsWith(beginning) && whole.length > beginning.length, whole);
  assert.match(whole, /\.$/);
  await eventually('there is nothing to stop', () => page.locator('.stop').count(), (count) => count === 0);
  assert.equal(await text(page, '.question'), 'How does a stream resume?');
});

test('example leptos-chat: the stop button aborts the request and keeps what has come', async (t) => {
  const page = await visit(t, 'leptos-chat');
  await ask(page, 'What is the format?');
  await text(page, '.answer');
  await connections('chat', 1);
  await page.locator('.stop').click();
  await text(page, '.verdict', isText('stopped'));
  await connections('chat', 0);
  assert.doesNotMatch(await text(page, '.answer'), /\.$/);
});

test('example leptos-chat: an exchange that is taken off the page aborts its request', async (t) => {
  const page = await visit(t, 'leptos-chat');
  await ask(page, 'What of headers?');
  await ask(page, 'And of heartbeats?');
  await connections('chat', 2);
  await page.locator('.clear').click();
  await connections('chat', 0);
  assert.equal(await page.locator('section').count(), 0);
});

/** The exports of every wasm-bindgen program: the memory, the start function, and what the glue calls. */
const BINDGEN = /^(memory|main|__abort_handler|__instance_terminated|__wbindgen_\w+|__externref_\w+|wasm_bindgen__\w+)$/;

/** The exports that Leptos adds: its own, and those of wasm-streams, which its server functions use. */
const LEPTOS = /^((__wbg_)?intounderlying\w+|_WASM_SPLIT_MARKER_\w+)$/;

async function program(name) {
  const wasm = await fetch(`${EXAMPLES}/${name}/pkg/everstream-example-${name}_bg.wasm`);
  return WebAssembly.compile(await wasm.arrayBuffer());
}

for (const name of ['dioxus-prices', 'leptos-chat', 'plain', 'yew-dashboard']) {
  test(`example ${name}: exports nothing of the library to JavaScript`, async () => {
    const exported = WebAssembly.Module.exports(await program(name));
    const names = exported.map((one) => one.name);
    assert.deepEqual(names.filter((one) => !BINDGEN.test(one) && !LEPTOS.test(one)), []);
  });

  test(`example ${name}: has no multiplexer in it, for it uses none`, async () => {
    const [section] = WebAssembly.Module.customSections(await program(name), 'name');
    const functions = new TextDecoder().decode(section);
    assert.ok(functions.includes('everstream::source::'), 'the functions have their names');
    assert.ok(!functions.includes('everstream::channels::'), 'nothing of the channels');
    assert.ok(!functions.includes('everstream::mux::machine::'), 'nothing of the multiplexer');
  });
}
