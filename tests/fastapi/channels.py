"""Many channels over one event stream: the multiplex protocol without a hub."""

import asyncio
import json
import secrets
import time
from collections import deque
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

router = APIRouter()
epoch = secrets.token_hex(4)  # names the log: another one after a restart, which is a gap
log = deque([(0, "", "")], maxlen=1000)  # number, channel, event; never empty
published = asyncio.Condition()


async def publish(channel, data):
    async with published:
        number = log[-1][0] + 1
        event = f"event: {channel}\nid: {epoch}-{number}\ndata: {json.dumps(data)}\n\n"
        log.append((number, channel, event))
        published.notify_all()


async def events(channels, seen):
    name, _, number = seen.rpartition("-")
    known = name == epoch and number.isdecimal()
    # A position of another log is before all that is kept, which is a gap.
    at = int(number) if known else -2 if seen else log[-1][0]
    position = "" if seen else f"id: {epoch}-{at}\n"
    yield f'event: @connected\n{position}data: {{"protocol":1,"heartbeatMs":15000}}\n\n'
    ping = time.monotonic() + 15
    while True:
        kept = [entry for entry in log if entry[0] > at]
        if kept and kept[0][0] > at + 1:
            yield "event: @gap\ndata: {}\n\n"
        for at, channel, event in kept:
            if channel in channels:
                yield event
        if time.monotonic() >= ping:
            yield f"event: @ping\nid: {epoch}-{at}\ndata: {{}}\n\n"
            ping = time.monotonic() + 15
        with suppress(TimeoutError):
            async with asyncio.timeout(ping - time.monotonic()), published:
                await published.wait_for(lambda: log[-1][0] > at)


@router.get("/channels")
async def stream(request: Request):
    query = request.query_params
    seen = request.headers.get("Last-Event-ID") or query.get("lastEventId", "")
    return StreamingResponse(
        events(set(query.getlist("channel")), seen),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )
