export { answerOf, type Outcome } from './answer.ts';
export { type Dimensions, dimensionText } from './dimension-index.ts';
export { type CountedQuota, Counts, Limiter, type LimiterConfig } from './limiter.ts';
export { type Algorithm, checkQuotas, type QuotaConfig, quotaConfig } from './quota-config.ts';
export { buildRule, type Limit, type Rule } from './rule.ts';
