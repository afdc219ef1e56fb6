// Renders with Svelte on a server.

import { render } from 'svelte/server';

import Server from './Server.svelte';

const { body } = await render(Server, { props: { url: process.argv[2] } });
process.stdout.write(body);
