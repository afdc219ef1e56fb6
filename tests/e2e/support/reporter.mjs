import { inspect } from 'node:util';

/**
 * Closes the output with what failed and the result as Rust's test harness has them, so that whoever
 * reads that can read this.
 */
export default async function* resultLine(events) {
  let passed = 0;
  let failed = 0;
  let ignored = 0;
  let failures = '';
  for await (const { type, data } of events) {
    // Tests in a suite, and the suites, would count twice; there are none.
    if (data.nesting > 0) continue;
    // So says Node 20 of a test that was filtered out; its successors say nothing.
    if (data.skip === 'test name does not match pattern') continue;
    if (type === 'test:fail') {
      failed += 1;
      failures += `---- ${data.name} ----\n${inspect(data.details.error.cause ?? data.details.error)}\n\n`;
    }
    if (type === 'test:pass' && data.skip !== undefined) ignored += 1;
    else if (type === 'test:pass') passed += 1;
  }
  const verdict = failed === 0 ? 'ok' : 'FAILED';
  if (failures) yield `failures:\n\n${failures}`;
  yield `test result: ${verdict}. ${passed} passed; ${failed} failed; ${ignored} ignored\n`;
}
