import type { SourceFile } from '@krater/documents';
import { DocumentReader } from '@krater/documents/reader';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const reader = suite('the document reader');

const newReader = () => new DocumentReader({ apiVersions: ['krater.dev/v1'] });
const rule = (name: string, spec = 'a: 1') =>
  `apiVersion: krater.dev/v1\nkind: Rule\nmetadata: { name: ${name} }\nspec:\n  ${spec}\n`;
const file = (path: string, text: string): SourceFile => ({ path, text });
const specOf = (spec: string) =>
  newReader().read([file('a.yaml', rule('a', spec))]).documents[0]?.value['spec'];
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

reader('tells the documents of several files, in order, with their place in the file', () => {
  const { documents } = newReader().read([
    file('b.yaml', `${rule('x')}---\n${rule('y')}`),
    file('a.yaml', rule('z')),
  ]);
  assert.equal(
    documents.map(({ file, index, kind, name, namespace }) => [file.path, index, kind, name, namespace]),
    [
      ['b.yaml', 0, 'Rule', 'x', undefined],
      ['b.yaml', 1, 'Rule', 'y', undefined],
      ['a.yaml', 0, 'Rule', 'z', undefined],
    ],
  );
});

reader('keeps the objects of a file that did not change, and reads only what did', () => {
  const reading = newReader();
  const before = reading.read([file('a.yaml', rule('a')), file('b.yaml', rule('b'))]).documents;
  const after = reading.read([file('a.yaml', rule('a')), file('b.yaml', rule('c'))]).documents;
  assert.is(after[0], before[0]);
  assert.is(after[1]?.name, 'c');
});

reader('forgets files that are gone', () => {
  const reading = newReader();
  const [before] = reading.read([file('a.yaml', rule('a'))]).documents;
  reading.read([]);
  assert.is.not(reading.read([file('a.yaml', rule('a'))]).documents[0], before);
});

reader('sorts problems by file, line and column', () => {
  const bad = rule('a', 'a: !x\n  b: !y');
  const { problems } = newReader().read([file('b.yaml', bad), file('a.yaml', bad)]);
  assert.equal(
    problems.map(({ place }) => `${place.file}:${place.line}`),
    ['a.yaml:5', 'a.yaml:6', 'b.yaml:5', 'b.yaml:6'],
  );
});

reader('names broken documents, so that a reference to one is not called dangling', () => {
  const { documents, broken } = newReader().read([
    file('a.yaml', `${rule('a', 'a: !x')}---\n${rule('b', 'c: "')}`),
  ]);
  assert.is(documents.length, 0);
  assert.equal(
    broken.map(({ kind, name }) => `${kind} ${name}`),
    ['Rule a', 'Rule b'],
  );
});

reader('goes on after a document that is no YAML', () => {
  const { documents, problems } = newReader().read([file('a.yaml', `a: [\n---\n${rule('b')}`)]);
  assert.equal([documents.map(({ name }) => name), problems.length], [['b'], 1]);
});

reader('reads integers exactly: a number while safe, a bigint beyond', () => {
  const spec = specOf('a: [9007199254740991, 9007199254740992, -9007199254740993, 0x1F, 1.5, 1e3, -0]') as {
    a: unknown[];
  };
  assert.equal(spec.a, [9007199254740991, 9007199254740992n, -9007199254740993n, 31, 1.5, 1000, 0]);
});

reader('keeps keys as they are written', () => {
  assert.equal(Object.keys(specOf('{ 200: a, 1.0: b, true: c, 0x1F: d, "on": e }') as object), [
    '200',
    '1.0',
    'true',
    '0x1F',
    'on',
  ]);
});

reader('makes maps without a prototype, in which "__proto__" is a key like any other', () => {
  const spec = specOf('__proto__: { polluted: true }') as object;
  assert.is(Object.getPrototypeOf(spec), null);
  assert.equal(Object.keys(spec), ['__proto__']);
  assert.is(({} as { polluted?: boolean }).polluted, undefined);
});

reader('follows aliases, and takes the last anchor before them', () => {
  assert.equal(plain(specOf('{ a: &x 1, b: *x, c: &x 2, d: *x }')), { a: 1, b: 1, c: 2, d: 2 });
});

reader('merges maps: own keys win, then the first of a list', () => {
  const spec = specOf('{ a: &a { x: 1, y: 1 }, b: &b { y: 2, z: 2 }, c: { <<: [*a, *b], x: 3 } }');
  assert.equal(plain(spec)['c'], { x: 3, y: 1, z: 2 });
});

reader('takes a quoted "<<" as a key', () => {
  assert.equal(plain(specOf('"<<": 1')), { '<<': 1 });
});

reader('reads the same with pauses, one after each file that it has to parse', async () => {
  const [one, two] = [file('a.yaml', rule('a')), file('b.yaml', rule('b'))];
  const documents = newReader();
  let pauses = 0;
  const pause = () => {
    pauses++;
    return undefined;
  };
  const read = await documents.readBeside([one, two], pause);
  assert.equal(
    read.documents.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.is(pauses, 2);
  const again = await documents.readBeside([one, file('b.yaml', rule('c'))], pause);
  assert.is(again.documents[0], read.documents[0]);
  assert.is(again.documents[1]?.name, 'c');
  assert.is(pauses, 3);
});

reader.run();
