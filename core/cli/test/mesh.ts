/** A configuration of two services, the one calling the other, with every port chosen by the system. */
export const meshFiles = {
  'hello.mjs': `import { createServer, request } from 'node:http';
const { HOST, PORT, KRATER_OUTBOUND = '', KRATER_WORKLOAD, BACK } = process.env;
const [host, port] = KRATER_OUTBOUND.split(':');
createServer((incoming, response) => {
  if (incoming.url === '/crash') process.exit(3);
  if (incoming.url === '/hang') return response.write('hanging');
  if (BACK === undefined) return response.end(KRATER_WORKLOAD);
  const call = request({ host, port, path: incoming.url, headers: { host: BACK } }, answer => {
    let body = '';
    answer.on('data', part => (body += part)).on('end', () => response.end(KRATER_WORKLOAD + ' got ' + answer.statusCode + ' ' + body));
  });
  call.on('error', error => response.end(String(error)));
  call.end();
}).listen(PORT, HOST, () => console.log('up'));
`,
  'services.yaml': `apiVersion: krater.dev/v1
kind: Service
metadata: { name: front }
spec:
  open: /welcome
  workloads:
  - name: front-v1
    labels: { app: front }
    run: { command: [node, hello.mjs], env: { BACK: back } }
---
apiVersion: krater.dev/v1
kind: Service
metadata: { name: back }
spec:
  workloads:
  - name: back-v1
    labels: { app: back }
    run: { command: [node, hello.mjs] }
`,
  'rules.yaml': `apiVersion: krater.dev/v1
kind: Rule
metadata: { name: no-secrets }
spec:
  match: destination.service.name == "back" && request.url_path == "/secret"
  actions:
  - handler: { adapter: denier, params: { message: not for you } }
    instances: [{ name: all, template: checknothing }]
---
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: counted }
spec:
  match: context.reporter.kind == "inbound"
  actions:
  - handler:
      adapter: prometheus
      params:
        endpoint: { port: 0 }
        metrics: [{ kind: counter, name: requests_total, instance: one, labels: [source, code] }]
    instances:
    - name: one
      template: metric
      params: { value: "1", dimensions: { source: source.workload.name | "outside", code: response.code } }
`,
} as const;
