export type { AdapterSeries } from '../runtime/adapter-gauges.ts';
export {
  createHandlerRuntime,
  type HandlerRuntime,
  type LoneHandler,
  type RuntimeOptions,
} from './handler-runtime.ts';
