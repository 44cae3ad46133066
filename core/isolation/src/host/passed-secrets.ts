import { decode, processSecrets } from '@krater/documents';
import type { HandlerPlan } from '@krater/mixer';
import type { PassedSecrets } from '../protocol/message.ts';
import { paramsDocument } from '../protocol/params-document.ts';

/** Decodes params again, to see which secrets they refer to: only these are handed to the isolate. */
export function secretsOf({ adapter, params, file }: HandlerPlan): PassedSecrets {
  const env = new Map<string, string>();
  const files = new Map<string, string>();
  const noted = <V>(into: Map<string, V>, key: string, value: V | undefined): V | undefined => {
    if (value !== undefined) into.set(key, value);
    return value;
  };
  decode(adapter.config, paramsDocument(params, file), [], params ?? {}, {
    secrets: {
      env: name => noted(env, name, processSecrets.env(name)),
      file: path => noted(files, path, processSecrets.file(path)),
    },
  });
  return { env: Object.fromEntries(env), file: Object.fromEntries(files) };
}
