import { EventSource } from 'everstream';

/** The data of a stream's first event, and where it was received. */
export async function first(request, runtime) {
  const source = new EventSource(new URL(request.url).searchParams.get('stream'));
  for await (const { data } of source) return Response.json({ data, runtime, isEdge: typeof EdgeRuntime === 'string' });
}
