/**
 * Closes the output with the line in which Rust's test harness puts its result, so that whoever
 * reads that can read this.
 */
export default async function* resultLine(events) {
  let passed = 0;
  let failed = 0;
  let ignored = 0;
  for await (const { type, data } of events) {
    // Tests in a suite, and the suites, would count twice; there are none.
    if (data.nesting > 0) continue;
    // So says Node 20 of a test that was filtered out; its successors say nothing.
    if (data.skip === 'test name does not match pattern') continue;
    if (type === 'test:fail') failed += 1;
    else if (type === 'test:pass' && data.skip !== undefined) ignored += 1;
    else if (type === 'test:pass') passed += 1;
  }
  const verdict = failed === 0 ? 'ok' : 'FAILED';
  yield `test result: ${verdict}. ${passed} passed; ${failed} failed; ${ignored} ignored\n`;
}
