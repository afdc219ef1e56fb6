/**
 * The contract of the crate and the package, as data: the answer to each request, the options of the source, and the
 * outcome.
 *
 * `items` are events as `type|data|last event ID`, gaps, and events that were too large. `states` give the reason for
 * each wait, and the end. `requests` are `METHOD last-event-id`, followed by the body if there is one. A case ends when
 * its source is closed: by the server, or after the expected number of items.
 */

/** Sends its chunks and then keeps the stream open. */
const open = (...chunks) => ({ chunks, end: false });
const cut = (...chunks) => ({ chunks: [...chunks, 40], cut: 'after' });
const json = { type: 'application/json', chunks: ['{"a":1}'] };

/** Streams that parse alike however they are chunked (section 9.2.6 of the standard). */
const PARSED = {
  'an event of each kind': ['data: a\n\nevent: b\ndata: c\n\n', ['message|a|', 'b|c|']],
  'several lines of data': ['data: a\ndata\ndata:  b\n\n', ['message|a\n\n b|']],
  'an ID is kept': ['id: 1\ndata: a\n\ndata: b\n\n', ['message|a|1', 'message|b|1']],
  'an empty ID takes it back': ['id: 1\ndata: a\n\nid\ndata: b\n\n', ['message|a|1', 'message|b|']],
  'an ID with NUL is none': ['id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n', ['message|a|1', 'message|b|1']],
  'an ID without data counts': ['id: 7\n\ndata: a\n\n', ['message|a|7']],
  'a block without data is no event': ['event: x\n\ndata: a\n\n', ['message|a|']],
  'empty data is an event': ['data\n\n', ['message||']],
  'comments and unknown fields are nothing': [': c\nfoo: bar\ndata: a\n: d\n\n', ['message|a|']],
  'CR, LF and CR LF end lines': ['data: a\r\rdata: b\n\ndata: c\r\n\r\n', ['message|a|', 'message|b|', 'message|c|']],
  'a byte order mark goes first': ['\uFEFFdata: a\n\n', ['message|a|']],
  'of two it is the first alone': ['\uFEFF\uFEFFdata: a\n\ndata: b\n\n', ['message|b|']],
  'a colon and one blank are taken off': ['data:a\n\ndata:  b\n\ndata: c:d\n\n', ['message|a|', 'message| b|', 'message|c:d|']],
  'names are not trimmed': [' data: a\ndata : b\ndata: c\n\n', ['message|c|']],
  'a type of the next block is its own': ['event: x\ndata: a\n\ndata: b\n\n', ['x|a|', 'message|b|']],
  'text beyond ASCII': ['event: größe\ndata: 😀 é\nid: €\n\n', ['größe|😀 é|€']],
};

const CASES = {};
for (const [name, [stream, items]] of Object.entries(PARSED)) {
  CASES[name] = { script: [open(stream)], items };
  const bytes = [...new TextEncoder().encode(stream)];
  CASES[`${name}, byte by byte`] = { script: [open(...bytes.flatMap((byte) => [{ bytes: [byte] }, 1]))], items };
}

/** Final statuses, and statuses after which the source retries. */
for (const status of [400, 401, 403, 404, 409, 410]) {
  CASES[`status ${status} is final`] = { script: [{ status, type: 'text/plain' }], states: [`closed response ${status}`], requests: ['GET'] };
}
// Leaves out 408, which Chromium itself retries.
for (const status of [425, 429, 500, 502, 503, 504]) {
  CASES[`status ${status} is tried again`] = {
    script: [{ status, type: 'text/plain' }, open('data: a\n\n')],
    items: ['message|a|'],
    states: [`waiting response ${status}`],
    requests: ['GET', 'GET'],
  };
}

Object.assign(CASES, {
  'another content type is final': {
    script: [{ type: 'text/html', chunks: ['<p>'] }],
    states: ['closed response 200'],
    requests: ['GET'],
  },
  'no content is an end': { script: [{ status: 204, type: null }], states: ['end no-content'], requests: ['GET'] },
  'attempts are counted': {
    script: [{ status: 503 }],
    maxAttempts: 2,
    states: ['waiting response 503', 'waiting response 503', 'closed response 503'],
    requests: ['GET', 'GET', 'GET'],
  },
  'GET connects again after an end, with its position': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }, open('id: 2\ndata: b\n\n')],
    items: ['message|a|1', 'message|b|2'],
    states: ['waiting ended'],
    requests: ['GET', 'GET 1'],
  },
  'without a position a new connection is a gap': {
    script: [{ chunks: ['data: a\n\n'] }, open('data: b\n\n')],
    items: ['message|a|', 'gap', 'message|b|'],
    states: ['waiting ended'],
    requests: ['GET', 'GET'],
  },
  'an end is the end where that was asked for': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }],
    end: 'close',
    items: ['message|a|1'],
    states: ['end body'],
    requests: ['GET'],
  },
  'a connection that breaks goes on': {
    script: [cut('id: 1\ndata: a\n\n'), open('id: 2\ndata: b\n\n')],
    items: ['message|a|1', 'message|b|2'],
    states: ['waiting disconnected'],
    requests: ['GET', 'GET 1'],
  },
  'an answer that names another position is a gap': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }, { ...open('id: 9\ndata: b\n\n'), headers: { 'last-event-id': '8' } }],
    items: ['message|a|1', 'gap', 'message|b|9'],
    states: ['waiting ended'],
    requests: ['GET', 'GET 1'],
  },
  'an answer that names the same position is none': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }, { ...open('id: 2\ndata: b\n\n'), headers: { 'last-event-id': '1' } }],
    items: ['message|a|1', 'message|b|2'],
    states: ['waiting ended'],
    requests: ['GET', 'GET 1'],
  },
  'a server that keeps no log makes each new connection a gap': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }, open('id: 2\ndata: b\n\n')],
    replays: false,
    items: ['message|a|1', 'gap', 'message|b|2'],
    states: ['waiting ended'],
    requests: ['GET', 'GET 1'],
  },
  'IDs that follow one another are no gap': {
    script: [open('id: 1\ndata: a\n\nid: 2\ndata: b\n\n')],
    follows: 'integers',
    items: ['message|a|1', 'message|b|2'],
  },
  'an ID that does not follow is a gap': {
    script: [open('id: 1\ndata: a\n\nid: 3\ndata: b\n\n')],
    follows: 'integers',
    items: ['message|a|1', 'gap', 'message|b|3'],
  },
  'IDs are compared over connections': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }, open('id: 3\ndata: b\n\n')],
    follows: 'integers',
    items: ['message|a|1', 'gap', 'message|b|3'],
    states: ['waiting ended'],
    requests: ['GET', 'GET 1'],
  },
  'IDs with a sign are no integers': {
    script: [open('id: 1\ndata: a\n\nid: +2\ndata: b\n\n')],
    follows: 'integers',
    items: ['message|a|1', 'gap', 'message|b|+2'],
  },
  'a position that is handed in is sent': {
    script: [open('id: 8\ndata: a\n\n')],
    lastEventId: '7',
    items: ['message|a|8'],
    requests: ['GET 7'],
  },
  'a mark ends the stream, and is not delivered': {
    script: [open('data: a\n\ndata: [DONE]\n\ndata: b\n\n')],
    until: '[DONE]',
    items: ['message|a|'],
    states: ['end until'],
    requests: ['GET'],
  },
  'a mark is the whole data': {
    script: [open('data: [DONE].\n\ndata: [DONE]\n\n')],
    until: '[DONE]',
    items: ['message|[DONE].|'],
    states: ['end until'],
  },
  'a mark needs no blank line at the end of the stream': {
    script: [{ chunks: ['id: 1\ndata: a\n\ndata: [DONE]\n'] }],
    until: '[DONE]',
    items: ['message|a|1'],
    states: ['end until'],
    requests: ['GET'],
  },
  'a method that the hook sets is sent once: a clean end is the end': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }],
    hookMethod: 'POST',
    items: ['message|a|1'],
    states: ['end body'],
    requests: ['POST'],
  },
  'a method that the hook sets is sent once: so is a failure': {
    script: [cut('id: 1\ndata: a\n\n')],
    hookMethod: 'DELETE',
    items: ['message|a|1'],
    states: ['closed disconnected'],
    requests: ['DELETE'],
  },
  'a method that the hook sets is repeated if it is idempotent': {
    script: [{ status: 503, type: 'text/plain' }, open('data: a\n\n')],
    hookMethod: 'PUT',
    idempotent: true,
    items: ['message|a|'],
    states: ['waiting response 503'],
    requests: ['PUT', 'PUT'],
  },
  'POST is made once: a clean end is the end': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }],
    method: 'POST',
    body: 'x',
    items: ['message|a|1'],
    states: ['end body'],
    requests: ['POST x'],
  },
  'POST is made once: one that breaks is an error': {
    script: [cut('id: 1\ndata: a\n\n')],
    method: 'POST',
    body: 'x',
    items: ['message|a|1'],
    states: ['closed disconnected'],
    requests: ['POST x'],
  },
  'POST is made once: a status that would be tried again is final': {
    script: [{ status: 503 }],
    method: 'POST',
    states: ['closed response 503'],
    requests: ['POST'],
  },
  'PATCH is made once': { script: [{ status: 503 }], method: 'PATCH', states: ['closed response 503'], requests: ['PATCH'] },
  'DELETE is made once': { script: [{ status: 503 }], method: 'DELETE', states: ['closed response 503'], requests: ['DELETE'] },
  'what is idempotent is made again': {
    script: [{ status: 503 }, { chunks: ['id: 1\ndata: a\n\n'] }, open('id: 2\ndata: b\n\n')],
    method: 'POST',
    body: 'x',
    idempotent: true,
    items: ['message|a|1', 'message|b|2'],
    states: ['waiting response 503', 'waiting ended'],
    requests: ['POST x', 'POST x', 'POST 1 x'],
  },
  'an answer that breaks off is continued by GET': {
    script: [cut('id: 1\ndata: a\n\n'), open('id: 2\ndata: b\n\n')],
    method: 'POST',
    body: 'x',
    resume: 'get',
    items: ['message|a|1', 'message|b|2'],
    states: ['waiting disconnected'],
    requests: ['POST x', 'GET 1'],
  },
  'what has no position is not continued': {
    script: [cut('data: a\n\n')],
    method: 'POST',
    body: 'x',
    resume: 'get',
    items: ['message|a|'],
    states: ['closed disconnected'],
    requests: ['POST x'],
  },
  'a continuation that brings nothing is the end': {
    script: [{ chunks: ['id: 1\ndata: a\n\n'] }, {}],
    method: 'POST',
    body: 'x',
    resume: 'get',
    items: ['message|a|1'],
    states: ['waiting ended', 'end body'],
    requests: ['POST x', 'GET 1'],
  },
  'an answer in one piece, where its type was asked for': {
    script: [json],
    method: 'POST',
    body: 'x',
    headers: [['accept', 'application/json, text/event-stream']],
    items: ['message|{"a":1}|'],
    states: ['end body'],
    requests: ['POST x'],
  },
  'a wildcard asks for no type': {
    script: [json],
    headers: [['accept', 'text/event-stream, */*']],
    states: ['closed response 200'],
  },
  'a type of no weight is not asked for': {
    script: [json],
    headers: [['accept', 'text/event-stream, application/json;q=0.0']],
    states: ['closed response 200'],
  },
  'the event in the middle of which it ends is discarded': {
    script: [{ chunks: ['data: a\n\nid: 2\ndata: b\n'] }],
    end: 'close',
    items: ['message|a|'],
    states: ['end body'],
  },
  'or delivered, where that was asked for': {
    script: [{ chunks: ['data: a\n\nid: 2\ndata: b'] }],
    end: 'close',
    deliverUnfinished: true,
    items: ['message|a|', 'message|b|2'],
    states: ['end body'],
  },
  'an event that is too large is skipped, and its ID counts': {
    script: [{ chunks: [`id: 1\ndata: ${'x'.repeat(100)}\n\n`] }, open('id: 2\ndata: b\n\n')],
    maxEventSize: 50,
    items: ['event-too-large', 'message|b|2'],
    states: ['waiting ended'],
    requests: ['GET', 'GET 1'],
  },
  'silence is noticed': {
    script: [open('id: 1\ndata: a\n\n'), open('id: 2\ndata: b\n\n')],
    heartbeatTimeout: 150,
    items: ['message|a|1', 'message|b|2'],
    states: ['waiting heartbeat-timeout'],
    requests: ['GET', 'GET 1'],
  },
  'headers that do not come are not waited for': {
    script: [{ wait: 10_000 }, open('data: b\n\n')],
    openTimeout: 150,
    items: ['message|b|'],
    states: ['waiting open-timeout'],
    requests: ['GET', 'GET'],
  },
  'an answer that redirects is followed': {
    script: [{ status: 307, type: null, headers: { location: `./elsewhere?${encodeURIComponent(JSON.stringify([open('data: a\n\n')]))}` } }],
    items: ['message|a|'],
    requests: ['GET'],
  },
  'or is a failure, where that was asked for': {
    script: [{ status: 307, type: null, headers: { location: `./elsewhere?${encodeURIComponent(JSON.stringify([open('data: a\n\n')]))}` } }],
    redirect: 'error',
    maxAttempts: 0,
    states: ['closed disconnected'],
    requests: ['GET'],
  },
  'a reconnection time of the server is kept': {
    script: [{ chunks: ['retry: 0\nid: 1\ndata: a\n\n'] }, open('data: b\n\n')],
    items: ['message|a|1', 'message|b|1'],
    states: ['waiting ended'],
    requests: ['GET', 'GET 1'],
  },
});

/** A hub's stream with these events, as `[channel, number]`, whose IDs are `e-<number>`. */
const hub = (...events) =>
  open('event: @connected\ndata: {"protocol":1}\n\n', ...events.map(([channel, number]) => `id: e-${number}\nevent: ${channel}\ndata: ${number}\n\n`));

/**
 * Two multiplexers that share a connection, as two tabs do. The first holds the channels `held`. Once these have received
 * `seen` events, the second opens the channel `a` after the event `after`, whose items are the outcome. The connection
 * is made anew when the second has received `reconnectAt` items. `query` is how the first request's URL ends.
 */
const SHARED_CASES = {
  'a channel begins after an event that the tabs keep': {
    script: [hub(['a', 1], ['a', 2], ['b', 7], ['a', 8]), hub(['a', 9])],
    held: ['a', 'b'],
    seen: 4,
    after: 'e-1',
    reconnectAt: 2,
    items: ['message|2|e-2', 'message|8|e-8', 'message|9|e-9'],
    requests: ['GET', 'GET e-8'],
  },
  'a channel begins with a gap after an event that no tab keeps': {
    script: [hub(['a', 7], ['a', 8]), hub(['a', 9])],
    held: ['a'],
    seen: 2,
    after: 'e-1',
    reconnectAt: 1,
    items: ['gap', 'message|9|e-9'],
    requests: ['GET', 'GET e-8'],
  },
  'a channel begins with a gap after an event of another channel': {
    script: [hub(['a', 1], ['b', 2], ['a', 3]), hub(['a', 4])],
    held: ['a', 'b'],
    seen: 3,
    after: 'e-2',
    reconnectAt: 1,
    items: ['gap', 'message|4|e-4'],
    requests: ['GET', 'GET e-3'],
  },
  'a channel that was interrupted since the event begins with a gap': {
    script: [
      open('event: @connected\ndata: {"protocol":1}\n\n', 'id: e-1\nevent: a\ndata: 1\n\n', 'event: @gap\ndata: {"channels":["a"]}\n\n', 'id: e-5\nevent: a\ndata: 5\n\n'),
      hub(['a', 6]),
    ],
    held: ['a'],
    seen: 3,
    after: 'e-1',
    reconnectAt: 1,
    items: ['gap', 'message|6|e-6'],
    requests: ['GET', 'GET e-5'],
  },
  'a channel that no tab holds begins where the server has it': {
    script: [hub(['a', 2], ['a', 3])],
    held: [],
    seen: 0,
    after: 'e-1',
    items: ['message|2|e-2', 'message|3|e-3'],
    requests: ['GET'],
    query: 'from=e-1%20a',
  },
};

export { CASES, SHARED_CASES };
