export { codes } from './codes.ts';
export { run } from './program.ts';
