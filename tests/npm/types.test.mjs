import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { blocks } from './support/readme.mjs';
import { unpack } from './support/tarball.mjs';

const HERE = import.meta.dirname;
/** What a recipe takes for granted. */
const GIVEN = "declare const price: import('everstream').StandardSchema<{ price: number }>;\n";
const RESOLUTIONS = { bundler: 'ESNext', node16: 'Node16', nodenext: 'NodeNext' };

for (const [moduleResolution, module] of Object.entries(RESOLUTIONS)) {
  test(`types with moduleResolution ${moduleResolution}`, async () => {
    const pkg = await unpack();
    await cp(join(HERE, 'types/types.test-d.ts'), join(pkg.root, 'types.mts'));
    const files = ['types.mts'];
    const recipes = (await blocks(pkg.directory)).filter(({ language }) => language === 'ts');
    for (const [number, { code }] of recipes.entries()) {
      files.push(`recipe-${number}.mts`);
      await writeFile(join(pkg.root, files.at(-1)), `${code}${GIVEN}`);
    }
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.AsyncIterable'],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      module,
      moduleResolution,
    };
    await writeFile(join(pkg.root, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = join(HERE, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '-p', pkg.root]).catch(({ stdout }) => {
      throw new Error(stdout);
    });
    await pkg.remove();
  });
}
