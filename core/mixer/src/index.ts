/// <reference types="node" preserve="true" />
export { ConfigError, duration, KraterError, type Problem, Secret, secret } from '@krater/documents';
export { z } from 'zod';
export {
  type Adapter,
  type AnyAdapter,
  type ConfigProblem,
  contractVersion,
  defineAdapter,
  type Handlers,
} from './adapter.ts';
export { readAtMost, readFileAtMost } from './bounded-text.ts';
export { type ConfigCheck, checkConfig, type ForeignDocuments, readForeignKinds } from './check-config.ts';
export { createMixer } from './create-mixer.ts';
export type {
  Answer,
  Charge,
  Decision,
  GrantedQuota,
  HandlerEpoch,
  HeaderOperation,
  Lease,
  Outcome,
} from './decision.ts';
export type {
  AdapterMetrics,
  BaseEnv,
  Clock,
  Counter,
  Gauge,
  InstanceShape,
  Log,
  ServiceEnv,
  Timers,
} from './env.ts';
export { type BatchAnswer, evalLine, formatAnswer } from './expression/batch.ts';
export {
  type Compiled,
  type CompileOptions,
  compileExpression,
  type ExpressionSource,
} from './expression/compile.ts';
export { type ClauseExplanation, explainClauses, explainTree } from './expression/explain.ts';
export type { EvaluationFailure, Expression, ExpressionProblem } from './expression/expression.ts';
export { formatReferences, Reads, type Reference } from './expression/reads.ts';
export type {
  AdapterModule,
  Ambient,
  HandlerHealth,
  HandlerHost,
  HandlerPlan,
  HandlerState,
  HostedHandler,
  HostWorld,
  IsolationMode,
} from './handler-host.ts';
export { type IsolationSettings, isolationSettings } from './isolation-settings.ts';
export type * from './kind.ts';
export { t } from './kind.ts';
export type * from './mixer.ts';
export {
  allow,
  type CheckDetails,
  type CheckResult,
  type DirectResponse,
  deny,
  doNotCache,
  grant,
  type Leasable,
  type QuotaRequest,
  type QuotaResult,
  type QuotaStanding,
  refuse,
  type Validity,
} from './result.ts';
export { silentLog, systemAmbient, systemClock } from './runtime/ambient.ts';
export { isHeaderName, isHeaderValue, isReservedHeader } from './runtime/header-text.ts';
export { dimensionsKey } from './runtime/lease-book.ts';
export { lasting } from './runtime/validity.ts';
export {
  httpStatusOf,
  ok,
  type RefusalCode,
  type Status,
  type StatusCode,
  statusCodeByNumber,
  statusCodes,
} from './status.ts';
export {
  type CallContext,
  defineTemplate,
  type Handle,
  type Instance,
  type Template,
  type Variety,
} from './template.ts';
export { defineService, defineToken, type Service, type Token } from './token.ts';
export {
  type MaybePromise,
  PlainMap,
  type StringMap,
  stringMap,
  type Value,
  type ValueOf,
  type ValueType,
  valueTypes,
} from './value.ts';
export { type AttributeValue, Bag } from './vocabulary/bag.ts';
export {
  type AttributeProblem,
  type Decoded,
  decodeBag,
  decodeText,
  decodeValue,
  encodeValue,
  unreadable,
} from './vocabulary/decode.ts';
export { formatDuration, parseDuration } from './vocabulary/duration.ts';
export { parseIpAddress } from './vocabulary/ip-address.ts';
export { formatJson, parseJson } from './vocabulary/json.ts';
export { showBag } from './vocabulary/show-bag.ts';
export {
  type StandardAttributeName,
  type StandardAttributes,
  standardAttributes,
  standardVocabulary,
} from './vocabulary/standard.ts';
export { type AttributeDeclaration, Vocabulary } from './vocabulary/vocabulary.ts';
