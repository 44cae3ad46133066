/** Something that happened on the workbench: its text for people, all the rest for programs. */
export interface Event {
  readonly event: string;
  readonly text: string;
  readonly [field: string]: unknown;
}
