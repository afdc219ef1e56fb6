import express from 'express';

const [app, rows, clients] = [express(), {}, new Set()];
let position = Date.now() * 1000;

app.get('/rows', (request, response) => response.set('cache-control', 'no-store').json({ rows, position }));
app.put('/rows/:id', express.json(), ({ params: { id }, body }, response) => {
  rows[id] = { id, ...body };
  position += 1;
  for (const client of clients) client.write(`id: ${position}\ndata: ${JSON.stringify(rows[id])}\n\n`);
  response.sendStatus(204);
});
app.get('/changes', (request, response) => {
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(': open\n\n');
  clients.add(response);
  response.on('close', () => clients.delete(response));
});
app.listen(process.env.PORT ?? 3000);
