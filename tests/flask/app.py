"""A price feed as a Flask tutorial would write it: a generator behind a Response."""

import json
import time

from flask import Flask, Response, request
from flask_cors import CORS

app = Flask(__name__)
CORS(app)


def price_updates(first: int, last: int):
    for n in range(first, last + 1):
        data = json.dumps({"symbol": "ACME", "price": 100 + n / 4, "n": n})
        yield f"id: {n}\nevent: priceUpdate\ndata: {data}\n\n"
        time.sleep(0.01)


@app.get("/prices")
def prices():
    """Events 1 to `count`, after the last one seen; `close_every` ends the stream early."""
    count = request.args.get("count", default=20, type=int)
    close_every = request.args.get("close_every", default=count, type=int)
    seen = request.headers.get("Last-Event-ID", type=int)
    if seen is None:
        seen = request.args.get("lastEventId", default=0, type=int)
    if seen >= count:
        return Response(status=204)
    last = min(count, seen + close_every)
    return Response(price_updates(seen + 1, last), mimetype="text/event-stream")
