/**
 * A path as patterns see it. Servers behind decode and tidy paths in ways of their own, so whatever one of them may take
 * for another path is marked, and granted by a pattern only where it makes no difference.
 */
export interface RequestPath {
  /** Without query and fragment. */
  readonly text: string;
  readonly segments: readonly string[];
  /** Has `.` or `..` segments, also percent-encoded or with parameters (`..;`): may lead out of any prefix. */
  readonly wanders: boolean;
  /** Has something that may end the path for somebody else, so that its end says nothing. */
  readonly endsEarly: boolean;
}

const dotSegment = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\;\0]|%(?:2f|5c|3b|00))/i;
const early = /[;\0]|%(?:00|23|3b|3f)/i;

export function requestPath(written: string): RequestPath {
  const end = written.search(/[?#]/);
  const text = end < 0 ? written : written.slice(0, end);
  return { text, segments: text.split('/'), wanders: dotSegment.test(text), endsEarly: early.test(text) };
}

/** Whether a segment is one, for everybody: a server may decode a slash in it. */
export function isOneSegment(segment: string): boolean {
  return segment !== '' && !/\\|%2f|%5c/i.test(segment);
}
