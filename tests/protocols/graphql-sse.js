// The npm package `graphql-sse`, as its README has it, with a schema to test with.

const {
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} = require("graphql");
const { createHandler } = require("graphql-sse/lib/use/http");

const { World } = require("./world.js");

const int = new GraphQLNonNull(GraphQLInt);
const string = new GraphQLNonNull(GraphQLString);

class GraphqlSse extends World {
  constructor() {
    super();
    // Who waits for news, by topic.
    this.topics = new Map();
    this.handler = createHandler({ schema: this.schema() });
  }

  schema() {
    const Query = new GraphQLObjectType({
      name: "Query",
      fields: { hello: { type: string, resolve: () => "world" } },
    });
    const Subscription = new GraphQLObjectType({
      name: "Subscription",
      fields: {
        // 1, 2, … `to`, and that is all.
        count: {
          type: int,
          args: { to: { type: int } },
          subscribe: async function* (_, { to }) {
            for (let n = 1; n <= to; n++) {
              yield n;
            }
          },
          resolve: (n) => n,
        },
        // What the test publishes, until it is stopped.
        news: {
          type: string,
          args: { topic: { type: string } },
          subscribe: (_, { topic }) => this.news(topic),
          resolve: (text) => text,
        },
      },
    });
    return new GraphQLSchema({ query: Query, subscription: Subscription });
  }

  // A generator could not be stopped while it waits.
  news(topic) {
    const items = [];
    let wake = () => {};
    const subscriber = {
      publish(text) {
        items.push(text);
        wake();
      },
    };
    const subscribers = this.topics.get(topic) ?? new Set();
    this.topics.set(topic, subscribers.add(subscriber));
    let done = false;
    const stop = async () => {
      done = true;
      subscribers.delete(subscriber);
      wake();
      return { done: true, value: undefined };
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        while (!done && items.length === 0) {
          await new Promise((resolve) => (wake = resolve));
        }
        return done ? { done, value: undefined } : { done, value: items.shift() };
      },
      return: stop,
      throw: stop,
    };
  }

  async handle(req, res) {
    this.count(req.method);
    if (req.headers.accept === "text/event-stream") {
      this.watch(req, res);
    }
    await this.handler(req, res);
  }

  publish({ topic, data }) {
    for (const subscriber of this.topics.get(topic) ?? []) {
      subscriber.publish(data);
    }
  }

  report() {
    const counts = [...this.topics].map(([topic, subscribers]) => [topic, subscribers.size]);
    return { ...super.report(), subscribers: Object.fromEntries(counts) };
  }
}

module.exports = { GraphqlSse };
