import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildReferencePage, referencePage } from '../source/adapter-reference.ts';
import { root, textOf } from '../workspace.ts';

const reference = suite('the reference for authors of adapters');

reference('is what the declarations say', () => {
  const page = buildReferencePage();
  if (process.env['UPDATE']) writeFileSync(join(root, referencePage), page);
  assert.is(textOf(referencePage), page, 'the page is out of date: UPDATE=1 npm test -- adapter-reference');
});

reference('finds every member, and what is said of it', () => {
  const page = buildReferencePage();
  for (const name of [
    'log',
    'clock',
    'timers',
    'fetch',
    'keep',
    'changed',
    'signal',
    'deadline',
    'dedupId',
    'aliases',
  ])
    assert.match(page, new RegExp(`^\\| \`${name}\\??\` \\| \`.+\` \\|`, 'm'), name);
  for (const name of ['allow', 'deny', 'grant', 'refuse'])
    assert.match(page, new RegExp(`^- \`${name}\\(`, 'm'));
  assert.match(page, /^\| `listentry` \| check \| .* \| `value: any type` \|$/m);
});

reference.run();
