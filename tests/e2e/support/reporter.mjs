import { inspect } from 'node:util';

/**
 * Ends the output with the failures and the result in the format of Rust's test harness, so that its readers can parse
 * them.
 */
export default async function* resultLine(events) {
  let passed = 0;
  let failed = 0;
  let ignored = 0;
  let failures = '';
  for await (const { type, data } of events) {
    // Skips tests inside suites, which would count twice with their suites. No suite exists today.
    if (data.nesting > 0) continue;
    // Node 20 reports a filtered-out test with this text; later versions don't report it.
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
