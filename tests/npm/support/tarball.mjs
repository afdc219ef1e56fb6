import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Unpacks the package as npm would install it. Returns its paths, and a function that removes it. */
export async function unpack() {
  const root = await mkdtemp(join(tmpdir(), 'everstream-npm-'));
  const directory = join(root, 'node_modules/everstream');
  await mkdir(directory, { recursive: true });
  const tarball = process.env.EVERSTREAM_TARBALL;
  if (!tarball) throw new Error('run by `cargo xtask test --npm`, which makes the tarball');
  await promisify(execFile)('tar', ['-xzf', tarball, '--strip-components=1', '-C', directory]);
  return { root, directory, remove: () => rm(root, { recursive: true }) };
}
