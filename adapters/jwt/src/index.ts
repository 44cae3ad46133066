import {
  allow,
  type CallContext,
  type CheckResult,
  defineAdapter,
  deny,
  lasting,
  type MaybePromise,
} from '@krater/mixer';
import { authentication, identity } from '@krater/templates';
import { checkConfig, config } from './config.ts';
import { LiveKeys } from './live-keys.ts';
import { type Identity, nobody, type Verdict } from './verdict.ts';
import { Verifier } from './verifier.ts';

/** Verifies bearer tokens: says whom they speak for, and refuses what has none. */
export default defineAdapter({
  name: 'jwt',
  summary: 'verifies bearer tokens by the keys of their issuer',
  templates: [authentication, identity],
  config,
  check: checkConfig,
  async create(config, env) {
    const { validity } = config;
    const keys = await LiveKeys.start(config, env);
    const verifier = new Verifier(config, keys);
    const reusable = ({ holds }: Verdict) => ({
      duration: Math.min(validity.duration, holds),
      uses: validity.uses,
    });
    const speaksFor = (verdict: Verdict): Identity =>
      lasting('identity' in verdict ? verdict.identity : nobody, reusable(verdict));
    const judge = (verdict: Verdict): CheckResult =>
      'identity' in verdict
        ? allow({ validity: reusable(verdict), output: verdict.identity })
        : refuse(verdict, reusable(verdict));
    const answer = (asked: { readonly credential: string | undefined }, context: CallContext) =>
      then(verifier.verify(asked.credential, context), judge);
    return {
      authentication: answer,
      identity: ({ credential }, context) => then(verifier.verify(credential, context), speaksFor),
      explain: { authentication: answer },
      close: () => keys.close(),
    };
  },
});

/** With the challenge that RFC 6750 asks for; nothing in it is the caller's own text. */
function refuse(
  { refusal, sent }: { readonly refusal: string; readonly sent: boolean },
  validity: { readonly duration: number; readonly uses: number },
): CheckResult {
  const description = refusal.replaceAll('"', "'");
  const challenge = sent ? `Bearer error="invalid_token", error_description="${description}"` : 'Bearer';
  const directResponse = { code: 401, body: `${refusal}\n`, headers: { 'www-authenticate': challenge } };
  return deny(refusal, 'UNAUTHENTICATED', { validity, directResponse });
}

/** Answers at once where that can be done, as for a token that has been verified before. */
function then<V, R>(value: MaybePromise<V>, use: (value: V) => R): MaybePromise<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}
