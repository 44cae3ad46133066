export { type Namespace, offeredServices } from './offered-services.ts';
export { importedFiles, importedFrom, revisionOf, shareCopiesWith } from './shared-copies.ts';
