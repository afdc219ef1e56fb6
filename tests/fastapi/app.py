"""A price feed as a FastAPI tutorial would write it: a generator behind a StreamingResponse.

And the recipe in `channels.py`, with what its tests do to it.
"""

import asyncio
import json
from typing import Annotated, Any

import channels
from fastapi import Body, FastAPI, Header, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.get("/health")
def health():
    return {"status": "ok"}


async def price_updates(first: int, last: int):
    for n in range(first, last + 1):
        data = json.dumps({"symbol": "ACME", "price": 100 + n / 4, "n": n})
        yield f"id: {n}\nevent: priceUpdate\ndata: {data}\n\n"
        await asyncio.sleep(0.01)


@app.get("/prices")
async def prices(
    count: int = 20,
    close_every: int | None = None,
    last_event_id: Annotated[int | None, Header()] = None,
    lastEventId: int = 0,
):
    """Events 1 to `count`, after the last one seen; `close_every` ends the stream early."""
    seen = lastEventId if last_event_id is None else last_event_id
    if seen >= count:
        return Response(status_code=204)
    last = count if close_every is None else min(count, seen + close_every)
    return StreamingResponse(price_updates(seen + 1, last), media_type="text/event-stream")


class Streams:
    """The recipe's open streams, which a test may cut as a network would."""

    open: set[asyncio.Task] = set()
    opened = 0

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", "/channels"):
            await self.app(scope, receive, send)
            return
        task = asyncio.current_task()
        Streams.open.add(task)
        Streams.opened += 1
        try:
            await self.app(scope, receive, send)
        finally:
            Streams.open.discard(task)


app.include_router(channels.router)
app.add_middleware(Streams)


@app.post("/channels/publish", status_code=204)
async def publish(channel: Annotated[str, Body()], data: Annotated[Any, Body()]):
    await channels.publish(channel, data)


@app.post("/channels/cut", status_code=204)
async def cut():
    for task in Streams.open:
        task.cancel()


@app.get("/channels/report")
async def report():
    return {"open": len(Streams.open), "opened": Streams.opened}
