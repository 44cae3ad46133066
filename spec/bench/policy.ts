/** A handler's document; `params` is YAML in one line. */
export function handler(name: string, adapter: string, params: string): string {
  return `apiVersion: krater.dev/v1
kind: Handler
metadata: { name: ${name} }
spec: { adapter: ${adapter}, params: ${params} }
`;
}

/** The document of a rule with one action, whose parts are YAML in one line. */
export function rule(name: string, match: string, action: string): string {
  return `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: ${name} }
spec:
  match: ${match}
  actions: [{ ${action} }]
`;
}
