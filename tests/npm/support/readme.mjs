import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Returns the code blocks of one of the package's documents, in order: `[{ heading, language, code }]`. */
export async function blocks(directory, page = 'README.md') {
  const text = await readFile(join(directory, page), 'utf8');
  const found = [];
  let heading, block;
  for (const line of text.split('\n')) {
    const fence = /^```(\w*)$/.exec(line);
    if (block && fence) {
      found.push(block);
      block = undefined;
    } else if (block) block.code += `${line}\n`;
    else if (fence) block = { heading, language: fence[1], code: '' };
    else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
  }
  return found;
}
