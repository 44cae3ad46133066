/** The adapters that the starter uses. */
export const starterAdapters = ['denier', 'memquota', 'prometheus'] as const;

/** What `krater init` writes: one service, and a rule of each sort for it. Every line is meant to be changed. */
export const starterFiles: Readonly<Record<string, string>> = {
  'services.yaml': `# What runs here. \`krater up\` starts the application of every workload, with a sidecar in front of it;
# the application listens on 127.0.0.1:$PORT and calls other services at $KRATER_OUTBOUND.
apiVersion: krater.dev/v1
kind: Service
metadata: { name: hello }
spec:
  open: /
  workloads:
  - name: hello-v1
    labels: { app: hello, version: v1 }
    run: { command: [node, hello.mjs] }
`,
  'rules.yaml': `# What is decided and told about each request. Edit while krater runs: a change is live at once, and a mistake
# changes nothing. Which attributes there are: krater attributes. Which adapters: krater adapters.
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: no-secrets }
spec:
  match: request.url_path == "/secret"
  actions:
  - handler: { adapter: denier, params: { message: this page is not for you } }
    instances: [{ name: all, template: checknothing }]
---
# Five requests a second for each user; try: for i in 1 2 3 4 5 6; do curl -i -H 'user: zoe' URL; done
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: five-a-second }
spec:
  match: context.reporter.kind == "inbound"
  actions:
  - handler: { adapter: memquota, params: { quotas: [{ name: requests, limit: 5, window: 1s }] } }
    instances:
    - name: requests
      template: quota
      params: { dimensions: { user: 'request.headers["user"] | "anonymous"' } }
---
# Counted on http://127.0.0.1:42422/metrics, by labels that have few values: never by path or user.
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: count }
spec:
  match: context.reporter.kind == "inbound"
  actions:
  - handler:
      adapter: prometheus
      params: { metrics: [{ name: requests_total, instance: requestcount, kind: counter, labels: [service, code] }] }
    instances:
    - name: requestcount
      template: metric
      params: { value: '1', dimensions: { service: destination.service.name, code: response.code } }
`,
  'hello.mjs': `import { createServer } from 'node:http';

createServer((request, response) => {
  response.end(\`hello, \${request.headers.user ?? 'stranger'}\\n\`);
}).listen(process.env.PORT, process.env.HOST);
`,
};
