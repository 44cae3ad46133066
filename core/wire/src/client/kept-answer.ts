import type { Charge, HandlerEpoch, Outcome } from '@krater/mixer';
import type { CheckReply, ReplyExtension } from '../messages.ts';

/** What of an answer is the same for many requests, and is kept. */
export interface KeptAnswer
  extends Pick<Outcome, 'status' | 'validity' | 'requestHeaders' | 'responseHeaders' | 'charges'> {
  readonly directResponse: Outcome['directResponse'];
  readonly snapshot: string;
  readonly epochs: readonly HandlerEpoch[];
}

/** Different answers that are remembered, to be shared. */
const mostRemembered = 256;

/** Most cached decisions say the same: they share one answer. */
export class KeptAnswers {
  readonly #byText = new Map<string, KeptAnswer>();

  of(reply: CheckReply, { charges, snapshot, epochs }: ReplyExtension): KeptAnswer {
    const { status, validity, requestHeaders, responseHeaders, directResponse } = reply;
    const answer: KeptAnswer = {
      ...{ status, validity, requestHeaders, responseHeaders, directResponse },
      charges: charges.map(withoutLease),
      ...{ snapshot, epochs },
    };
    const text = JSON.stringify(answer);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.#byText.size >= mostRemembered) this.#byText.clear();
    this.#byText.set(text, answer);
    return answer;
  }
}

/** What was granted ahead was granted once. */
function withoutLease({ lease: _, ...charge }: Charge): Charge {
  return charge;
}
