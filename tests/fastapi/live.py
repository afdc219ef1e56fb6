import asyncio, json
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app, rows, clients, version = FastAPI(), {}, set(), 0

@app.get("/rows")
async def read():
    return {"rows": rows}

@app.put("/rows/{id}")
async def write(id: str, value: float):
    global version
    version += 1
    rows[id] = {"id": id, "value": value, "version": version}
    for queue in clients:
        queue.put_nowait(rows[id])

@app.get("/changes")
async def changes():
    async def stream(queue):
        clients.add(queue)
        try:
            yield ": open\n\n"
            while True:
                yield f"data: {json.dumps(await queue.get())}\n\n"
        finally:
            clients.discard(queue)
    return StreamingResponse(stream(asyncio.Queue()), media_type="text/event-stream")
