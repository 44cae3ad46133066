import { quotaSuite } from '@krater/mixer/testing';
import { suite } from 'uvu';
import memquota from '../src/index.ts';

const test = suite('memquota conformance');
quotaSuite(memquota, { test });
test.run();
