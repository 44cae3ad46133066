import { lookup } from '@krater/templates';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allow, defineTemplate, deny, doNotCache, grant, refuse, t } from '../../src/index.ts';
import { checkAnswerProblem, outputProblem, quotaAnswerProblem } from '../../src/runtime/answer.ts';

const test = suite('answers');
const request = { amount: 3, bestEffort: false, dedupId: '' };

test('of allow() and deny() are well-formed', () => {
  const answers = [
    allow(),
    allow({ validity: doNotCache }),
    deny('no'),
    deny('no', 'UNAUTHENTICATED', { directResponse: { code: 302 } }),
  ];
  for (const answer of answers) assert.is(checkAnswerProblem(answer), undefined);
});

test('that are none say what is wrong', () => {
  const ok = { code: 'OK', message: '' };
  for (const [answer, problem] of [
    [undefined, 'answered undefined instead of allow() or deny()'],
    [true, 'answered true instead of allow() or deny()'],
    [[], 'answered a list instead of allow() or deny()'],
    [{}, 'answered status undefined instead of a code and a message'],
    [{ status: { code: 'NO', message: '' } }, 'answered the unknown status code "NO"'],
    [{ status: { code: 'toString', message: '' } }, 'answered the unknown status code "toString"'],
    [{ status: { code: 'OK' } }, 'answered status message undefined, which is no text'],
    [{ status: ok, validity: 5 }, 'stated validity 5 instead of { duration, uses }, both 0 or more'],
    [
      { status: ok, validity: { duration: Number.NaN, uses: 1 } },
      'stated validity an object instead of { duration, uses }, both 0 or more',
    ],
    [
      { status: ok, validity: { duration: -1, uses: 1 } },
      'stated validity an object instead of { duration, uses }, both 0 or more',
    ],
    [{ status: ok, directResponse: { code: 99 } }, 'answered direct response with code 99'],
    [{ status: ok, directResponse: { code: 200, body: 5 } }, 'answered direct response with body 5'],
    [
      { status: ok, directResponse: { code: 200, headers: { a: 1 } } },
      'answered direct response with headers an object',
    ],
  ] as const) {
    assert.is(checkAnswerProblem(answer), problem);
  }
});

test('of grant() and refuse() are well-formed', () => {
  assert.is(quotaAnswerProblem(grant(3, { limit: 5, remaining: 2, resetAfter: 10 }), request), undefined);
  assert.is(quotaAnswerProblem(refuse('no', { retryAfter: 100 }), request), undefined);
  assert.is(quotaAnswerProblem(grant(2), { ...request, bestEffort: true }), undefined);
  assert.is(quotaAnswerProblem(grant(0), { ...request, amount: 0 }), undefined);
  assert.is(quotaAnswerProblem(grant(-3), { ...request, amount: -3 }), undefined);
});

test('to a quota may grant no more than was asked, and a part only with best effort', () => {
  const refused = { status: { code: 'RESOURCE_EXHAUSTED', message: '' } };
  for (const [answer, asked, problem] of [
    [3, request, 'answered 3 instead of grant() or refuse()'],
    [grant(4), request, 'granted 4 where 3 was asked'],
    [grant(-1), request, 'granted -1 where 3 was asked'],
    [grant(2), request, 'granted 2 of 3 without best effort'],
    [grant(1), { ...request, amount: 0 }, 'granted 1 where 0 was asked'],
    [grant(1), { ...request, amount: -1 }, 'granted 1 where -1 was asked'],
    [grant(-2), { ...request, amount: -1 }, 'granted -2 where -1 was asked'],
    [grant(Number.NaN), request, 'granted NaN, which is no number'],
    [{ ...refused, granted: 3 }, request, 'refused and granted 3'],
    [
      { ...refused, granted: 0, retryAfter: -1 },
      request,
      'says retryAfter -1, which is no number of milliseconds',
    ],
    [
      { ...grant(3), standing: { limit: 5 } },
      request,
      'stated standing an object instead of { limit, remaining, resetAfter }, all 0 or more',
    ],
  ] as const) {
    assert.is(quotaAnswerProblem(answer, asked), problem);
  }
});

test('of producers have the fields that the template declares, by type, and no others', () => {
  assert.is(outputProblem({ value: { team: 'mesh' } }, lookup), undefined);
  assert.is(outputProblem(undefined, lookup), 'answered output undefined instead of an object');
  assert.is(outputProblem({}, lookup), 'answered output.value undefined instead of a STRING_MAP');
  assert.is(
    outputProblem({ value: { team: 1 } }, lookup),
    'answered output.value an object instead of a STRING_MAP',
  );
  assert.is(
    outputProblem({ value: {}, vlaue: {} }, lookup),
    'answered output.vlaue, which the template does not declare',
  );
  const all = defineTemplate({
    name: 'all',
    variety: 'attributes',
    summary: '',
    fields: {},
    output: {
      maybe: t.optional(t.int64),
      inner: t.object({ at: t.timestamp }),
      many: t.map(t.bool),
      any: t.value,
    },
  });
  const good = { inner: { at: 5 }, many: { a: true }, any: 5n };
  assert.is(outputProblem(good, all), undefined);
  assert.is(outputProblem({ ...good, maybe: 1.5 }, all), 'answered output.maybe 1.5 instead of a INT64');
  assert.is(
    outputProblem({ ...good, inner: { at: 0.5 } }, all),
    'answered output.inner.at 0.5 instead of a TIMESTAMP',
  );
  assert.is(outputProblem({ ...good, many: { a: 1 } }, all), 'answered output.many["a"] 1 instead of a BOOL');
  assert.is(
    outputProblem({ ...good, any: [] }, all),
    'answered output.any a list, which is no value of any type',
  );
});

test.run();
