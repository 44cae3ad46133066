/// <reference types="node" preserve="true" />
export { createIsolation, type IsolationOptions } from './create-isolation.ts';
