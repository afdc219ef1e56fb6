// Renders with Vue on a server.

import { createSSRApp, h } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { useChannel, useEventSource } from 'everstream/vue';

const app = createSSRApp({
  setup() {
    const { state, data } = useEventSource(process.argv[2]);
    const channel = useChannel(() => {
      throw new Error('a multiplexer was asked for');
    }, 'prices');
    return () => h('p', `${state.value} ${data.value ?? 'none'} ${channel.state.value}`);
  },
});
process.stdout.write(await renderToString(app));
