// A file that must compile as it is: every expected error is one that embedders rely on.
import { Bag, type Value, Vocabulary } from '../../src/index.ts';

declare const bag: Bag;
declare const anyName: string;
declare const anyValue: Value;

bag
  .put('request.method', 'GET')
  .put('response.code', 200)
  .put('response.code', 2n ** 60n);
bag.put('request.headers', { user: 'zoe' }).put('connection.mtls', true).put('response.duration', 20_000);
bag.put('request.path', undefined);

// An attribute of a manifest, or a name known only at run time, takes any value.
bag.put('team.name', 'core').put('team.size', 3).put(anyName, anyValue);

// @ts-expect-error response.code is INT64
bag.put('response.code', '200');
// @ts-expect-error request.headers is STRING_MAP
bag.put('request.headers', 'user: zoe');
// @ts-expect-error the values of a STRING_MAP are strings
bag.put('request.headers', { age: 3 });
// @ts-expect-error connection.mtls is BOOL
bag.put('connection.mtls', 'yes');
// @ts-expect-error a Date is no value
bag.put('team.since', new Date());

export const chained: Bag = new Bag(new Vocabulary([])).put('request.path', '/');
