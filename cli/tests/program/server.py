import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Events(BaseHTTPRequestHandler):
    """A stream that ends with its connection, as HTTP/1.0 has it."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()
        last = self.headers.get("Last-Event-ID")
        number = int(last) if last else int(time.time())
        while True:
            number += 1
            time.sleep(max(0, number - time.time()))
            self.wfile.write(f"data: tick\nid: {number}\n\n".encode())
            self.wfile.flush()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Events)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
