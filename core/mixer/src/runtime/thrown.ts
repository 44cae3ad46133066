/** What a thrown value says. Anything can be thrown, also what cannot be turned into text. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return 'something that is no error and has no text was thrown';
  }
}
