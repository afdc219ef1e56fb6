"""A price feed as a FastAPI tutorial would write it: a generator behind a StreamingResponse."""

import asyncio
import json
from typing import Annotated

from fastapi import FastAPI, Header, Response
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
