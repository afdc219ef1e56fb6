"""Events as a FastAPI tutorial would send them: with IDs, and without a log.

The numbers go by the clock, so that they go on where a server that was killed would have been.
"""

import asyncio
import time

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()

PER_SECOND = 50


async def ticks():
    number = int(time.time() * PER_SECOND)
    yield "retry: 20\n\n"
    while True:
        number += 1
        await asyncio.sleep(max(0, number / PER_SECOND - time.time()))
        yield f'id: {number}\ndata: {{"n": {number}}}\n\n'


@app.get("/ticks")
async def stream():
    return StreamingResponse(ticks(), media_type="text/event-stream")
