import { EventSource } from 'everstream';

/** Responds with the first event of the requested stream. */
export default {
  async fetch(request) {
    const url = new URL(request.url).searchParams.get('url');
    for await (const { data } of new EventSource(url)) return new Response(data);
    return new Response('no event', { status: 500 });
  },
};
