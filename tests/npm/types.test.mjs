import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, readdir, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { NEIGHBOURS, withNeighbours } from './support/bundle.mjs';
import { blocks } from './support/readme.mjs';
import { unpack } from './support/tarball.mjs';

const HERE = import.meta.dirname;
const require = createRequire(import.meta.url);
/** The declarations that the recipes assume. */
const GIVEN = "declare const price: import('everstream').StandardSchema<{ price: number }>;\n";
const RESOLUTIONS = { bundler: 'ESNext', node16: 'Node16', nodenext: 'NodeNext' };
const DOM = { lib: ['ES2022', 'ESNext.Disposable', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'], types: [] };

/** Compiles the files that `write` puts into a folder beside the package, and fails with the compiler's output. */
async function compile(options, write, compiler = 'typescript') {
  const pkg = await unpack();
  try {
    const files = await write(pkg);
    const compilerOptions = {
      target: 'ES2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noImplicitOverride: true,
      skipLibCheck: false,
      noEmit: true,
      ...options,
    };
    await writeFile(join(pkg.root, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const manifest = require.resolve(`${compiler}/package.json`);
    const tsc = join(dirname(manifest), require(manifest).bin.tsc);
    await promisify(execFile)(process.execPath, [tsc, '-p', pkg.root]).catch(({ stdout, stderr }) => {
      throw new Error(stdout || stderr);
    });
  } finally {
    await pkg.remove();
  }
}

const put = (...names) => async (pkg) => {
  for (const name of names) await cp(join(HERE, `types/${name}.test-d.ts`), join(pkg.root, `${name}.mts`));
  return names.map((name) => `${name}.mts`);
};

for (const [moduleResolution, module] of Object.entries(RESOLUTIONS)) {
  test(`types with moduleResolution ${moduleResolution}`, async () => {
    await compile({ ...DOM, module, moduleResolution }, async (pkg) => {
      const files = await put('types', 'dropin')(pkg);
      const recipes = (await blocks(pkg.directory)).filter(({ language }) => language === 'ts');
      for (const [number, { code }] of recipes.entries()) {
        files.push(`recipe-${number}.mts`);
        await writeFile(join(pkg.root, files.at(-1)), `${code}${GIVEN}`);
      }
      return files;
    });
  });
}

test('types of the book', async () => {
  const docs = join(HERE, '../../docs');
  const options = { ...DOM, module: 'ESNext', moduleResolution: 'bundler', allowJs: true, checkJs: true, noImplicitAny: false };
  await compile(options, async (pkg) => {
    const files = ['book.d.ts'];
    await cp(join(HERE, 'types/book.d.ts'), join(pkg.root, 'book.d.ts'));
    for (const page of await readdir(docs, { recursive: true })) {
      if (!page.endsWith('.md')) continue;
      for (const { language, code } of await blocks(docs, page)) {
        // The types of React are no part of the tests.
        if (!/^[jt]s$/.test(language) || !code.includes(" from 'everstream") || code.includes(" from 'react")) continue;
        files.push(`book-${files.length}.m${language}`);
        await writeFile(join(pkg.root, files.at(-1)), code);
      }
    }
    assert.ok(files.length > 10, `${files}`);
    return files;
  });
});

// The oldest supported compiler knows handlers as plain properties. The newest is a different program.
for (const [compiler, files] of [['typescript-5.0', ['node']], ['typescript-newest', ['types', 'dropin']]]) {
  test(`types with ${compiler}`, async () => {
    const lib = DOM.lib.filter((name) => compiler !== 'typescript-5.0' || !/Disposable|AsyncIterable/.test(name));
    await compile({ ...DOM, lib, module: 'ESNext', moduleResolution: 'bundler' }, put(...files), compiler);
  });
}

test('types without those of the DOM', async () => {
  await compile(
    { lib: ['ES2022'], types: ['node'], typeRoots: [join(HERE, 'node_modules/@types')], module: 'NodeNext', moduleResolution: 'NodeNext' },
    put('node'),
  );
});

for (const compiler of ['typescript', 'typescript-newest']) {
  test(`types of the adapters with ${compiler}`, withNeighbours, async () => {
    await compile({ ...DOM, module: 'ESNext', moduleResolution: 'bundler' }, async (pkg) => {
      // The adapter's types build on Vue's, which in turn need some of Vue's own packages.
      for (const name of ['vue', '@vue', '@babel', 'csstype']) {
        await symlink(join(NEIGHBOURS, 'node_modules', name), join(pkg.root, 'node_modules', name));
      }
      return put('adapters')(pkg);
    }, compiler);
  });
}

test('the sources of the package hold', async () => {
  const template = join(HERE, '../../pkg-template');
  const tsc = join(template, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', template]).catch(({ stdout }) => {
    throw new Error(stdout);
  });
});
