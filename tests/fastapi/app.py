"""A price feed as a FastAPI tutorial would write it: a generator behind a StreamingResponse.

And the recipe in `channels.py`, with what its tests do to it.
"""

import asyncio
import json
from collections import Counter
from typing import Annotated, Any
from urllib.parse import parse_qs

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
    """The recipe's streams, by channel: a test counts and cuts its own, while another browser's test runs."""

    open: dict[asyncio.Task, list[str]] = {}
    opened: Counter[str] = Counter()

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", "/channels"):
            await self.app(scope, receive, send)
            return
        task = asyncio.current_task()
        names = parse_qs(scope["query_string"].decode()).get("channel", [])
        Streams.open[task] = names
        Streams.opened.update(names)
        try:
            await self.app(scope, receive, send)
        finally:
            del Streams.open[task]

    @classmethod
    def of(cls, channel):
        return [task for task, names in cls.open.items() if channel in names]


app.include_router(channels.router)
app.add_middleware(Streams)


@app.post("/channels/publish", status_code=204)
async def publish(channel: Annotated[str, Body()], data: Annotated[Any, Body()]):
    await channels.publish(channel, data)


@app.post("/channels/cut", status_code=204)
async def cut(channel: Annotated[str, Body(embed=True)]):
    for task in Streams.of(channel):
        task.cancel()


@app.get("/channels/report")
async def report(channel: str):
    return {"open": len(Streams.of(channel)), "opened": Streams.opened[channel]}
