import process from 'node:process';
import type { AdapterModule } from '@krater/mixer';

/** The adapter that an isolate serves, and whose `@krater/*` packages it shares. */
export interface IsolatedAdapter extends AdapterModule {
  readonly host: string;
}

/** In the workspace packages resolve to their TypeScript sources, also there. */
export const nodeOptions: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  ...(import.meta.url.endsWith('.ts') ? ['--conditions=krater-source'] : []),
];

/** What an isolate sees of our environment: nothing that could be somebody's secret. */
const passed =
  /^(?:PATH|HOME|TMPDIR|TEMP|TMP|TZ|LANG|LC_\w+|SYSTEMROOT|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR))$/;

export function passedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name)));
}
