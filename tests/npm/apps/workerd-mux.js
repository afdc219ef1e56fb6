import { Mux } from 'everstream/mux';

export default {
  async fetch(request) {
    const mux = new Mux(new URL(request.url).searchParams.get('url'));
    const channel = mux.channel('prices');
    await new Promise((resolve) => (channel.onopen = resolve));
    mux.close();
    return new Response('open');
  },
};
