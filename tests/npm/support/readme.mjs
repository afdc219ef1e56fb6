import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/**
 * Returns the code blocks of a document, in order: `[{ heading, language, code, file }]`. `file` is the name with which
 * the line before the block ends. A line `<<< PATH` is a block that consists of that file.
 */
export async function blocks(directory, page = 'README.md') {
  const text = await readFile(join(directory, page), 'utf8');
  const found = [];
  let heading, block, file;
  for (const line of text.split('\n')) {
    const fence = /^```(\w*)$/.exec(line);
    const included = /^<<< (\S+)$/.exec(line)?.[1];
    if (block && fence) {
      found.push(block);
      block = file = undefined;
    } else if (block) block.code += `${line}\n`;
    else if (fence) block = { heading, language: fence[1], code: '', file };
    else if (included) {
      const code = await readFile(join(directory, dirname(page), included), 'utf8');
      found.push({ heading, language: extname(included).slice(1), code, file: basename(included) });
    } else {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
      if (line) file = /`([^` ]+\.\w+)`[^`]*:$/.exec(line)?.[1];
    }
  }
  return found;
}
