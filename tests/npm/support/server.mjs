import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

/**
 * A server that follows a test's script.
 *
 * `/play/<key>?<script>` answers as the script says, which is JSON: a list of answers, one for each request in turn.
 * The last answer serves all further requests. `/log/<key>` returns the requests received.
 */
export class Server {
  #http;
  #plays = new Map();
  #mounts;

  /** Starts a server with each of the directories in `mounts` under its path. */
  static async start(mounts = {}, host = '127.0.0.1') {
    const server = new Server();
    server.#mounts = Object.entries(mounts);
    server.#http = createServer((request, response) => {
      server.#answer(request, response).catch((error) => {
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(String(error));
      });
    });
    server.#http.listen(0, host);
    await once(server.#http, 'listening');
    server.origin = `http://${host}:${server.#http.address().port}`;
    return server;
  }

  async close() {
    this.#http.close();
    this.#http.closeAllConnections();
    await once(this.#http, 'close');
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.origin);
    const [, room, key] = url.pathname.split('/');
    if (room === 'play') return this.#play(key, url, request, response);
    if (room === 'log') {
      response.writeHead(200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
      return response.end(JSON.stringify(this.#of(key).requests));
    }
    return sendFile(this.#mounts, url, response);
  }

  #of(key) {
    if (!this.#plays.has(key)) this.#plays.set(key, { requests: [], turn: 0 });
    return this.#plays.get(key);
  }

  async #play(key, url, request, response) {
    const script = JSON.parse(decodeURIComponent(url.search.slice(1).split('&')[0]) || '[{}]');
    const play = this.#of(key);
    const body = [];
    for await (const chunk of request) body.push(chunk);
    const { method, headers, url: target } = request;
    const entry = { method, target, headers, body: Buffer.concat(body).toString(), at: performance.now() };
    play.requests.push(entry);
    response.on('close', () => (entry.closed = performance.now()));
    const preflight = method === 'OPTIONS';
    const answer = script[Math.min(play.turn, script.length - 1)];
    if (!preflight) play.turn += 1;

    const allowed = answer.cors;
    const own = {};
    if (allowed !== undefined) {
      own['access-control-allow-origin'] = allowed === 'origin' ? headers.origin : allowed;
      if (answer.credentials) own['access-control-allow-credentials'] = 'true';
    }
    if (preflight) {
      if (answer.preflight) own['access-control-allow-headers'] = answer.preflight;
      response.writeHead(204, own);
      return response.end();
    }
    if (answer.cut === 'before') return request.socket.destroy();
    const { status = 200, type = 'text/event-stream', wait = 0, chunks = [], end = true } = answer;
    await pause(wait, response);
    if (type !== null) own['content-type'] = type;
    // Browsers differ in what they take for the body of a 205.
    if (status === 205) own['content-length'] = '0';
    response.writeHead(status, { 'cache-control': 'no-store', ...own, ...answer.headers });
    response.flushHeaders();
    for (const chunk of chunks) {
      if (typeof chunk === 'number') await pause(chunk, response);
      else if (typeof chunk === 'string') response.write(chunk);
      else if (chunk.echo) response.write(`data: ${JSON.stringify(entry)}\n\n`);
      else if (chunk.every) await repeat(chunk, response);
      else if (chunk.repeat) response.write(chunk.repeat.repeat(chunk.times));
      else response.write(Buffer.from(chunk.bytes));
    }
    if (answer.cut === 'after') request.socket.destroy();
    else if (end) response.end();
  }

}

/** Responds with a file of the mounted directories, given as `[path, directory]`. */
export async function sendFile(mounts, url, response) {
  const path = decodeURIComponent(url.pathname);
  for (const [mount, directory] of mounts) {
    if (!path.startsWith(mount)) continue;
    const file = normalize(join(directory, path.slice(mount.length) || 'index.html'));
    if (!file.startsWith(normalize(directory) + sep)) continue;
    const content = await readFile(file).catch(() => undefined);
    if (!content) continue;
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    });
    return response.end(content);
  }
  response.writeHead(404, { 'content-type': 'text/plain' });
  return response.end('not found');
}

/** Writes a text repeatedly with its number, starting at `from`, until the client disconnects. */
async function repeat({ repeat, times, every, from = 1 }, response) {
  for (let number = from; number < from + times && !response.destroyed; number += 1) {
    await pause(every, response);
    response.write(repeat.replaceAll('{n}', number));
  }
}

/** Waits, or returns early when the client disconnects. */
async function pause(milliseconds, response) {
  if (milliseconds <= 0 || response.destroyed) return;
  await new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    response.on('close', done);
    function done() {
      clearTimeout(timer);
      response.off('close', done);
      resolve();
    }
  });
}
