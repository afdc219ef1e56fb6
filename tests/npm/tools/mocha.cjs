// Mocha in CommonJS.

const assert = require('node:assert');
const { EventSource } = require('everstream');

describe('a source', () => {
  it('receives from a server', (done) => {
    const source = new EventSource(process.env.STREAM);
    source.onmessage = ({ data }) => {
      source.close();
      assert.equal(data, 'tools');
      done();
    };
  });
});
