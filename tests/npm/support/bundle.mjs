import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const TESTS = join(import.meta.dirname, '..');
/** The folder of the other libraries with which the package is tested. */
export const NEIGHBOURS = join(TESTS, 'neighbours');
export const withNeighbours = { skip: !process.env.EVERSTREAM_NEIGHBOURS && 'the packages of others are not installed' };
export const requireNeighbour = createRequire(join(NEIGHBOURS, 'package.json'));

/** Imports another library's package, whichever Node runs this. */
export const importNeighbour = (name) => import(pathToFileURL(requireNeighbour.resolve(name)).href);

/** Compiles Svelte's components and modules, for the browser or for a server. */
const svelte = (generate) => ({
  name: 'svelte',
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte(\.js)?$/ }, async ({ path: filename }) => {
      const { compile, compileModule } = requireNeighbour('svelte/compiler');
      const compiled = filename.endsWith('.js') ? compileModule : compile;
      const { js } = compiled(await readFile(filename, 'utf8'), { generate, filename, dev: false });
      return { contents: js.code, loader: 'js' };
    });
  },
});

/** Bundles a page or program that uses the package in `pkg` and other libraries' packages. */
export function bundle(pkg, { server = false, ...options }) {
  return build({
    bundle: true,
    format: 'esm',
    platform: server ? 'node' : 'browser',
    define: { 'process.env.NODE_ENV': '"development"' },
    nodePaths: [join(pkg.root, 'node_modules'), join(NEIGHBOURS, 'node_modules'), join(TESTS, 'node_modules')],
    plugins: [svelte(server ? 'server' : 'client')],
    logLevel: 'error',
    ...(server && { banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('file:///');" } }),
    ...options,
  });
}

/** Returns an HTML page that loads one module. */
export const html = (script, body = '') =>
  `<!doctype html><meta charset="utf-8"><body>${body}<script type="module" src="${script}"></script>`;

/** Returns the files that a page of this script loads at once, and those that it loads on demand. */
export async function loaded(stdin) {
  const { metafile } = await build({
    stdin,
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir: '/out',
    write: false,
    metafile: true,
    external: ['react', 'vue', 'svelte', 'solid-js'],
    logLevel: 'error',
  });
  const { outputs } = metafile;
  const first = Object.keys(outputs).find((path) => outputs[path].entryPoint === '<stdin>');
  const found = new Set();
  const load = (path) => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: next, kind } of outputs[path].imports) if (kind === 'import-statement' && outputs[next]) load(next);
  };
  load(first);
  const inputs = (paths) => paths.flatMap((path) => Object.keys(outputs[path].inputs));
  return { atOnce: inputs([...found]), later: inputs(Object.keys(outputs).filter((path) => !found.has(path))) };
}
