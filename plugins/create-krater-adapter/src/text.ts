import { type Piece, pieces } from './pieces.ts';
import { type SettingName, settings } from './settings.ts';

export function piecesOf(templates: readonly string[]): readonly Piece[] {
  return templates.map(template => pieces[template] as Piece);
}

/** The settings that some templates need, each once, in a fixed order. */
export function settingsOf(templates: readonly string[]): readonly SettingName[] {
  const needed = new Set(piecesOf(templates).map(({ setting }) => setting));
  return (Object.keys(settings) as SettingName[]).filter(name => needed.has(name));
}

/** Moves every line that is not empty to the right. */
export function indent(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}
