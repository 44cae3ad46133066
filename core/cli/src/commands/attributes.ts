import { type AttributeDeclaration, standardVocabulary } from '@krater/mixer';
import type { Action } from '../command.ts';
import { readVocabulary } from '../configuration.ts';
import { formatTable } from '../table.ts';
import { exit } from '../terminal.ts';

/** `krater attributes [DIR]`: the vocabulary, with what the manifests of DIR add. */
export const attributes: Action<object> = async (terminal, [dir]) => {
  const { declarations } = dir === undefined ? standardVocabulary : await readVocabulary(dir);
  const sorted = declarations.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (terminal.json) for (const declaration of sorted) terminal.tell(declaration, '');
  else terminal.tell({}, formatTable([['ATTRIBUTE', 'TYPE', 'KNOWN AT', 'DESCRIPTION'], ...sorted.map(row)]));
  return exit.fine;
};

function row({ name, type, available, description, sensitive }: AttributeDeclaration): string[] {
  const masked = sensitive === undefined || sensitive === false ? '' : ' (masked where shown)';
  return [name, type, available, description + masked];
}
