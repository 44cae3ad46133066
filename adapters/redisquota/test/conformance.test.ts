// needs: redis-server
import { quotaSuite } from '@krater/mixer/testing';
import { suite } from 'uvu';
import redisquota from '../src/index.ts';
import { realWorld } from './real-world.ts';
import { RedisServer } from './redis-server.ts';

const test = suite('redisquota conformance');
const server = await RedisServer.start();

test.after(() => server[Symbol.asyncDispose]());

// An insurance that grants nothing, and patience: whatever is granted was granted by Redis.
const params = { address: server.address, timeout: '10s', insurance: 'deny' };
quotaSuite(redisquota, { test, params, world: realWorld });

test.run();
