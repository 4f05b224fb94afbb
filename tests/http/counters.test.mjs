// What the page counts while a text is written, without a browser: short messages as the network splits them. The same
// table is held against the server's count in tests/unit/base/length_test.c.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './support.mjs';

globalThis.window = globalThis;
const source = fs.readFileSync(path.join(root, 'assets/count.js'), 'utf8');
const { length, parts } = await import('data:text/javascript,' + encodeURIComponent(source));

test('short messages are counted in the units and parts in which they go', () => {
  for (const [sign, n, units, split] of [['', 0, 0, 0], ['a', 160, 160, 1], ['a', 161, 161, 2], ['a', 306, 306, 2], ['a', 307, 307, 3],
    ['è', 160, 160, 1], ['€', 80, 160, 1], ['€', 81, 162, 2], ['€', 152, 304, 2], ['€', 153, 306, 3], ['{', 1, 2, 1], ['\n', 1, 1, 1],
    ['Σ', 160, 160, 1], ['ç', 70, 70, 1], ['ç', 71, 71, 2], ['`', 70, 70, 1], ['\t', 1, 1, 1], ['’', 67, 67, 1], ['’', 134, 134, 2],
    ['’', 135, 135, 3], ['包', 70, 70, 1], ['😀', 35, 70, 1], ['😀', 66, 132, 2], ['😀', 67, 134, 3]]) {
    const text = sign.repeat(n);
    assert.deepEqual([length(text, 'sms'), parts(text, 'sms')], [units, split], `${n} of ${sign}`);
  }
  assert.equal(parts('any', 'bytes'), 0);
  assert.equal(length('è', 'bytes'), 2);
});
