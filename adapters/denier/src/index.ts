import {
  type ConfigProblem,
  defineAdapter,
  deny,
  duration,
  grant,
  isHeaderName,
  isHeaderValue,
  isReservedHeader,
  type QuotaResult,
  type RefusalCode,
  statusCodes,
  z,
} from '@krater/mixer';
import { checknothing, listentry, quota } from '@krater/templates';

const refusalCodes = Object.keys(statusCodes).filter((code): code is RefusalCode => code !== 'OK');

/** Refuses whatever its rules match, always in the same words. */
export default defineAdapter({
  name: 'denier',
  summary: 'refuses what its rules match',
  templates: [checknothing, listentry, quota],
  config: z.strictObject({
    code: z.enum(refusalCodes).default('PERMISSION_DENIED').describe('status code of the refusal'),
    message: z.string().default('denied by policy').describe('what the caller is told'),
    validity: z
      .strictObject({
        duration: duration('5s').describe('how long the refusal may be reused'),
        uses: z.int().min(0).default(1000).describe('how often the refusal may be reused'),
      })
      .prefault({})
      .describe('a duration or a number of uses of 0 forbids reuse'),
    response: z
      .strictObject({
        code: z.int().min(200).max(599).describe('HTTP status'),
        body: z.string().exactOptional(),
        headers: z.record(z.string(), z.string()).exactOptional(),
      })
      .optional()
      .describe('what an HTTP caller gets instead of the status and message; not for quotas'),
  }),
  check({ response }, problem) {
    checkHeaders(response?.headers ?? {}, problem);
  },
  create({ code, message, validity, response }) {
    const refusal = deny(message, code, { validity, ...(response && { directResponse: response }) });
    const refused: QuotaResult = { status: refusal.status, granted: 0 };
    const refuse = () => refusal;
    return {
      checknothing: refuse,
      listentry: refuse,
      quota: (_instance, { amount }) => (amount > 0 ? refused : grant(0)),
      explain: { checknothing: refuse, listentry: refuse },
    };
  },
});

function checkHeaders(headers: Readonly<Record<string, string>>, problem: ConfigProblem): void {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const at = ['response', 'headers', name];
    const header = name.toLowerCase();
    if (!isHeaderName(name)) problem(at, `${JSON.stringify(name)} is no header name`);
    else if (isReservedHeader(header))
      problem(at, `header "${name}" belongs to the proxies; no response may set it`);
    else if (seen.has(header)) problem(at, `header "${header}" is set twice`, 'keep one of them');
    if (!isHeaderValue(value))
      problem(
        at,
        `the value of header ${JSON.stringify(name)} is not made of visible characters, spaces and tabs`,
      );
    seen.add(header);
  }
}
