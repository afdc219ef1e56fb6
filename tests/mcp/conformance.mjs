// What `@modelcontextprotocol/conformance` runs as a client, with the server's address behind it.

import { Client } from './client.mjs';

const client = new Client(process.argv.at(-1));
await client.open();
const { tools } = await client.request('tools/list');
const { content } = await client.request('tools/call', { name: tools[0].name, arguments: {} });
if (!content.length) throw new Error('a result without content');
process.exit(0);
