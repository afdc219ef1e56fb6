import { EventSource } from 'everstream';

/** Responds with the data of a stream's first event, and the runtime that received it. */
export async function first(request, runtime) {
  const source = new EventSource(new URL(request.url).searchParams.get('stream'));
  for await (const { data } of source) return Response.json({ data, runtime, isEdge: typeof EdgeRuntime === 'string' });
}
