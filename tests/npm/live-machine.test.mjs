import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');
const TABLES = join(ROOT, 'core/src/live/tests');

const { outputFiles } = await build({
  entryPoints: [join(ROOT, 'pkg-template/src/live-machine.ts')],
  format: 'esm',
  write: false,
});
const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`;
const { DEFAULTS, makeMachine } = await import(url);

const input = (type, [name, state, ...known]) => {
  const position = known.concat(state ?? []).find((word) => word.startsWith('@'))?.slice(1);
  const versions = (words) => words.filter((word) => word.includes('=')).map((word) => word.split('=')).map(([key, version]) => [key, +version]);
  if (type === 'event') {
    const all = [state, ...known].filter(Boolean);
    return [type, { position, version: versions(all).at(-1) }, name];
  }
  if (type === 'loaded') {
    const its = versions(known);
    return [type, +name, { state, position, versions: its.length ? its : undefined }];
  }
  if (type === 'failed' || type === 'given-up') return ['failed', +name, type === 'given-up'];
  if (type === 'closed' || type === 'broken') return ['closed', type === 'broken'];
  return [type];
};

/** Passes a line's input in, and returns the line with what came of it, as the core's test writes it. */
function step(machine, line) {
  const given = line.split('->')[0].trim();
  const [now, random, type, ...words] = given.split(' ');
  machine.handle(+now, +random, input(type, words));
  const outputs = [];
  for (let output; (output = machine.poll()); ) outputs.push(output.join(' '));
  const since = machine.since();
  const freshness = machine.freshness() + (since === undefined ? '' : ` ${since}`);
  return `${given} -> ${outputs.join(', ')} ; ${freshness} ; ${machine.timeout() ?? '-'}`.replace('>  ;', '> ;');
}

for (const [table, least] of [['cases.txt', 200], ['traces.txt', 1500]]) {
  test(`the machine does what the core's does: ${table}`, async () => {
    let machine, lines = 0;
    for (const line of (await readFile(join(TABLES, table), 'utf8')).split('\n')) {
      if (!line || line.startsWith('#')) machine = makeMachine(0, { ...DEFAULTS, capacity: 4 });
      else assert.equal(step(machine, line), line, `line ${(lines += 1)}`);
    }
    assert.ok(lines >= least, `${lines} lines`);
  });
}
