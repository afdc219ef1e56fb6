// Renders with Solid on a server.

import { renderToString } from 'solid-js/web';
import { createChannel, createEventSource } from 'everstream/solid';

function Page() {
  const source = createEventSource(process.argv[2]);
  const channel = createChannel(() => {
    throw new Error('a multiplexer was asked for');
  }, 'prices');
  return `${source.state()} ${source.data() ?? 'none'} ${channel.state()}`;
}
process.stdout.write(renderToString(Page));
