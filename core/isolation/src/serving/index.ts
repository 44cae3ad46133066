export { type RemoteServer, type ServeAdapterOptions, serveAdapter } from './serve-adapter.ts';
