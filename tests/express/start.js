// Publishes a price every second, and serves the built page.

const express = require("express");

const channels = require("./channels");

const app = express();
app.use(channels.router);
app.use(express.static("dist"));

let price = 100;
setInterval(() => channels.publish("prices", { symbol: "ACME", price: price++ }), 1000);

const server = app.listen(process.env.PORT ?? 8080, "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
