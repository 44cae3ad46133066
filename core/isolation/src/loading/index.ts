export { importedFiles, importedFrom, revisionOf, shareCopiesWith } from './shared-copies.ts';
