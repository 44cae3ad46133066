export { codes } from './codes.ts';
export { run } from './command.ts';
export { type Piece, pieces } from './pieces.ts';
export { type AdapterPlan, buildFiles } from './scaffold.ts';
