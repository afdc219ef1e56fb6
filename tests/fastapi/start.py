"""Publishes a price every second, and serves the built page."""

import asyncio
from contextlib import asynccontextmanager

import channels
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles


async def publish():
    price = 100
    while True:
        await channels.publish("prices", {"symbol": "ACME", "price": price})
        price += 1
        await asyncio.sleep(1)


@asynccontextmanager
async def lifespan(app):
    publishing = asyncio.create_task(publish())
    yield
    publishing.cancel()


app = FastAPI(lifespan=lifespan)
app.include_router(channels.router)
app.mount("/", StaticFiles(directory="dist", html=True))
