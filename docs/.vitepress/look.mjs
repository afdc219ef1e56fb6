// Looks at the built book in Chromium: `node look.mjs SITE CHROMIUM [PICTURES]`. Six pages, each of another kind, must
// satisfy axe-core in light, in dark and as narrow as a phone, where they must not be wider than the window. The search
// must find what the book explains. With PICTURES, the pages are saved there as they look.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

import { chromium } from 'playwright-core';

const [site, executablePath, pictures] = process.argv.slice(2);
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PAGES = ['index', 'start/react-fastapi', 'troubleshooting', 'inside', 'multiplex-protocol', 'reference/typescript/mux'];
const VIEWS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 390, height: 800 } },
];
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const file = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
  try {
    const body = await readFile(join(site, file));
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;

const faults = [];
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  for (const { name, ...view } of VIEWS) {
    const context = await browser.newContext({ ...view, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    for (const path of PAGES) {
      await page.goto(`${origin}/${path}.html`);
      // The page is interactive once its client code has set this attribute.
      await page.waitForFunction(() => document.querySelector('#app')?.__vue_app__);
      await page.addScriptTag({ path: AXE });
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      for (const { id, help, nodes } of violations) {
        faults.push(`${path} (${name}): ${id}, ${help}: ${nodes.slice(0, 3).map(({ html }) => html).join(' | ')}`);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) faults.push(`${path} (${name}): ${wide} px wider than the window`);
      if (pictures) await page.screenshot({ path: join(pictures, `${path.replaceAll('/', '-')}-${name}.png`) });
    }
    await context.close();
  }
  const page = await browser.newPage();
  await page.goto(`${origin}/index.html`);
  await page.waitForFunction(() => document.querySelector('#app')?.__vue_app__);
  await page.keyboard.press('Control+k');
  await page.locator('.VPLocalSearchBox input').fill('heartbeat');
  await page.locator('.VPLocalSearchBox .result').first().waitFor({ timeout: 10_000 }).catch(() => faults.push('the search finds no `heartbeat`'));
} finally {
  await browser.close();
  server.close();
}
if (faults.length) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${PAGES.length} pages pass axe-core in light, dark and narrow, and the search finds its words`);
