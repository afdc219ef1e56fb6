// Runs the code blocks of a document as they stand, in Node and in a page.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { transform } from 'esbuild';

import { RecipeServer } from '../recipes/server.mjs';
import { blocks } from './readme.mjs';
import { unpack } from './tarball.mjs';
import { Browser, BROWSERS } from './webdriver.mjs';

const testbed = process.env.EVERSTREAM_TEST_SERVER;
const LIMIT = 20_000;
const open = [];

let pageBrowser;

/** The unpacked package. */
export const pkg = await unpack();

after(async () => {
  for (const thing of open) await thing.close();
  await (await pageBrowser)?.close();
  await pkg.remove();
});

/** The code blocks of a document, of which `unused` are left. */
export class Document {
  #all;
  #used = new Set();
  #name;

  static async read(directory, name) {
    const document = new Document();
    document.#all = await blocks(directory, name);
    document.#name = name;
    return document;
  }

  /** Returns the block with this number under a heading. */
  block(heading, number = 0) {
    const found = this.#all.filter((block) => block.heading === heading)[number];
    assert.ok(found, `${this.#name} has a block ${number} under "${heading}"`);
    this.#used.add(found);
    return found;
  }

  /** Returns the blocks that are whole files. */
  files() {
    const files = this.#all.filter(({ file }) => file);
    for (const block of files) this.#used.add(block);
    return files;
  }

  /** Returns the headings of the blocks of code that no test has asked for. */
  unused() {
    const isCode = ({ language }) => /^(js|jsx|ts|tsx|html|svelte)$/.test(language);
    const unused = this.#all.filter((block) => isCode(block) && !this.#used.has(block));
    return unused.map(({ heading }) => heading);
  }
}

export async function hub() {
  const { id } = await (await fetch(`${testbed}/hub`, { method: 'POST', body: '{}' })).json();
  const root = `${testbed}/hub/${id}`;
  const publish = (...items) => fetch(`${root}/publish`, { method: 'POST', body: JSON.stringify(items) });
  const report = async () => (await fetch(`${root}/report`)).json();
  return { url: `${root}/stream`, publish, report };
}

export async function serve(options) {
  const mounts = { '/pkg/': pkg.directory, '/page/': join(pkg.root, 'page') };
  const server = await RecipeServer.start({ mounts, ...options });
  open.push(server);
  return server;
}

const script = async ({ code, language }) => (language === 'ts' ? (await transform(code, { loader: 'ts' })).code : code);

/**
 * Runs a block in Node until it has printed the wanted number of lines. With `ends` the block must then end by itself.
 */
export async function inNode(block, server, wanted, before, during, ends) {
  const page = `globalThis.location = { href: ${JSON.stringify(`${server.origin}/`)} };\n`;
  const file = join(pkg.root, `recipe-${Math.random()}.mjs`);
  await writeFile(file, page + before + (await script(block)));
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT });
  const lines = [];
  let rest = '';
  child.stdout.setEncoding('utf8');
  const exited = once(child, 'exit');
  try {
    await during();
    for await (const chunk of child.stdout) {
      rest += chunk;
      const complete = rest.split('\n');
      rest = complete.pop();
      lines.push(...complete);
      // With `ends` the loop reads on until the process ends, which shows that nothing was left open.
      if (!ends && lines.length >= wanted) break;
    }
  } finally {
    child.kill();
    await exited;
  }
  return lines;
}

/** Runs a block in a page, where `name`, `status`, `print` and the like are globals of the browser. */
export async function inPage(block, server, wanted, before, during) {
  await mkdir(join(pkg.root, 'page'), { recursive: true });
  const imports = Object.fromEntries(['', '/mux', '/shared'].map((entry) => [`everstream${entry}`, `/pkg${entry || '/index'}.js`]));
  const html = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="recipe.js"></script>`;
  await writeFile(join(pkg.root, 'page/index.html'), html);
  await writeFile(join(pkg.root, 'page/recipe.js'), LISTEN + before + (await script(block)));
  pageBrowser ??= Browser.chromium();
  const browser = await pageBrowser;
  await browser.goTo(`${server.origin}/page/index.html`);
  await during();
  const lines = await browser.evaluate(said, wanted);
  await browser.goTo('about:blank');
  return lines;
}

export const inBrowser = { skip: !BROWSERS.includes('chromium') && 'no Chromium' };

/** Code that records a page's output in lines, as Node prints them. */
export const LISTEN = `globalThis.lines = [];
console.log = (...words) => globalThis.lines.push(...words.join(" ").split("\\n"));\n`;

/** Resolves with the page's lines once there are `wanted` of them. */
export const said = (wanted) =>
  new Promise((resolve) => {
    const look = () => (globalThis.lines?.length >= wanted ? resolve(globalThis.lines) : setTimeout(look, 10));
    look();
  });

/**
 * Registers the tests of a recipe in Node and in a page. `work` receives `runs(block, server, wanted, before, during)`,
 * where `before` is the code that the block assumes. `ends` takes the same arguments, for blocks that end by
 * themselves.
 */
export function recipe(name, work) {
  for (const [where, printed, options] of [['node', inNode, {}], ['page', inPage, inBrowser]]) {
    const expect = (ends) => async (block, server, wanted, before = '', during = () => {}) => {
      const lines = await printed(block, server, wanted.length, before, during, ends);
      assert.deepEqual(lines, wanted);
    };
    test(`recipe: ${name} (${where})`, options, () => work({ runs: expect(false), ends: expect(true), printed }));
  }
}

/** Serves a directory beside the paths of the recipes, and opens its page. */
export async function opens(directory, hub) {
  const server = await serve({ hub, mounts: { '/pkg/': pkg.directory, '/': directory } });
  const browser = await Browser.chromium();
  open.push(browser);
  await browser.goTo(`${server.origin}/index.html`);
  return { browser, server };
}
