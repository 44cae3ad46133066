/** Things to close, in reverse order of opening, within one deadline for all of them. */
export class Shutdown {
  readonly #open: { readonly what: string; readonly close: () => unknown }[] = [];

  #ended = false;

  /** What is opened after the end has begun is closed again at once. */
  add(what: string, close: () => unknown): void {
    if (this.#ended) {
      close();
      return;
    }
    this.#open.push({ what, close });
  }

  /** Closes everything; answers with what failed or did not end within `milliseconds`. */
  async run(milliseconds: number): Promise<readonly string[]> {
    this.#ended = true;
    const late = Symbol('late');
    const overdue = Promise.withResolvers<typeof late>();
    const timer = setTimeout(() => overdue.resolve(late), milliseconds);
    const unfinished: string[] = [];
    for (const { what, close } of this.#open.reverse()) {
      try {
        if ((await Promise.race([Promise.resolve(close()), overdue.promise])) === late)
          unfinished.push(`${what} did not end in time`);
      } catch (error) {
        unfinished.push(`${what} did not close: ${(error as Error).message}`);
      }
    }
    clearTimeout(timer);
    return unfinished;
  }
}
