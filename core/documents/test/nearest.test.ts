import { nearest } from '@krater/documents';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const words = suite('the nearest word');

words('is the one that was meant', () => {
  const keys = ['entries', 'refresh', 'url', 'timeout'];
  const expected = {
    entires: 'entries',
    Entries: 'entries',
    refersh: 'refresh',
    ulr: 'url',
    time_out: 'timeout',
  };
  for (const [word, key] of Object.entries(expected)) assert.is(nearest(word, keys), key, word);
});

words('is none where nothing is near', () => {
  for (const word of ['frobnicate', 'x', '', 'u'.repeat(10_000)])
    assert.is(nearest(word, ['entries', 'url']), undefined, word);
});

words('is itself where it is there', () => assert.is(nearest('a', ['b', 'A', 'a']), 'a'));

words.run();
