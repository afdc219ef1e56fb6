// Renders on a server. The output is the page, and nothing keeps the process running.

import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { useChannel, useEventSource } from 'everstream/react';

const [url] = process.argv.slice(2);

function Page() {
  const { state, data } = useEventSource(url);
  const channel = useChannel(() => {
    throw new Error('a multiplexer was asked for');
  }, 'prices');
  return `${state} ${data} ${channel.state}`;
}

process.stdout.write(renderToString(createElement(Page)));
