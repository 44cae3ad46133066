import { allow, defineAdapter, grant, z } from '@krater/mixer';
import {
  authentication,
  authorization,
  checknothing,
  identity,
  listentry,
  logentry,
  lookup,
  metric,
  quota,
  reportnothing,
  tracespan,
} from '@krater/templates';

const nothing = () => {};
const allowed = allow();
const check = () => allowed;
const found = { value: {} };
const nobody = {
  principal: undefined,
  audiences: undefined,
  presenter: undefined,
  claims: undefined,
  raw_claims: undefined,
};

/** Allows, grants and takes everything and does nothing: what is measured with it is Krater. */
export default defineAdapter({
  name: 'noop',
  summary: 'does nothing, for benchmarks',
  templates: [
    authentication,
    authorization,
    checknothing,
    identity,
    listentry,
    logentry,
    lookup,
    metric,
    quota,
    reportnothing,
    tracespan,
  ],
  config: z.strictObject({}),
  create: () => ({
    authentication: check,
    authorization: check,
    checknothing: check,
    listentry: check,
    quota: (_instance, { amount }) => grant(amount),
    logentry: nothing,
    metric: nothing,
    reportnothing: nothing,
    tracespan: nothing,
    identity: () => nobody,
    lookup: () => found,
    explain: { authentication: check, authorization: check, checknothing: check, listentry: check },
  }),
});
