import { KraterError } from '@krater/documents';

/** What can go wrong while an adapter is found and imported; declared among the codes of @krater/mixer. */
type AdapterCode =
  | 'ADAPTER_AMBIGUOUS'
  | 'ADAPTER_BAD_EXPORT'
  | 'ADAPTER_CONTRACT'
  | 'ADAPTER_LOAD_FAILED'
  | 'ADAPTER_NOT_INSTALLED';

export function adapterError(
  code: AdapterCode,
  message: string,
  details?: { hint?: string; cause?: unknown },
): KraterError {
  return new KraterError(code, message, details);
}
