// The payloads of the events, by event type. `weight` includes all fields, as in `src/payload.rs`.

export const payloads = {
  message: (event) => event.n,
  priceUpdate: (event) => event.n + event.price + event.symbol.length,
  snapshot: (event) =>
    event.rows.reduce(
      (sum, row) => sum + row.id + row.price + (row.open ? 1 : 0) + row.symbol.length,
      event.n,
    ),
};
