declare module 'http-proxy' {
  import type { Agent, IncomingMessage, ServerResponse } from 'node:http';

  const httpProxy: {
    createProxyServer(options: { target: string; agent: Agent }): {
      web(request: IncomingMessage, response: ServerResponse): void;
    };
  };
  export default httpProxy;
}
