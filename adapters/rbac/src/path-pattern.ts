import { isDeepStrictEqual } from 'node:util';
import { isOneSegment, type RequestPath, requestPath } from './request-path.ts';
import { covers, type TextPattern, textPattern, textPatternProblem } from './text-pattern.ts';

const placeholder = /^\{[^{}]+\}$/;

/** Segments of a path, undefined for any; further ones may follow where it is open. */
interface SegmentPattern {
  readonly kind: 'segments';
  readonly segments: readonly (string | undefined)[];
  readonly open: boolean;
}

/**
 * A pattern of paths: `/exact`, `/prefix/*`, `*.suffix`, `*`, or one with placeholders such as `/products/{id}` and
 * `/products/{id}/*`, each of which stands for one segment. Matching is linear in the path.
 */
export type PathPattern = TextPattern | SegmentPattern;

export function pathPattern(written: string): PathPattern {
  if (!written.includes('{')) return textPattern(written);
  const open = written.endsWith('/*');
  const segments = (open ? written.slice(0, -2) : written).split('/');
  return {
    kind: 'segments',
    segments: segments.map(part => (placeholder.test(part) ? undefined : part)),
    open,
  };
}

/** What is wrong with a pattern as an operator writes it. */
export function pathPatternProblem(written: string): string | undefined {
  const shown = JSON.stringify(written);
  if (/[?#]/.test(written)) return `pattern ${shown} has a query or fragment; paths are compared without`;
  if (written !== '' && !/^[/*]/.test(written))
    return `pattern ${shown} matches no path; allowed is a slash or a star at its beginning`;
  if (!/[{}]/.test(written)) return textPatternProblem(written);
  const pattern = pathPattern(written);
  if (pattern.kind === 'segments' && !pattern.segments.some(part => part && /[{}*]/.test(part)))
    return undefined;
  return `pattern ${shown} is not made of segments; allowed are whole ones such as {id}, and a star as the last`;
}

export function matchesPath(pattern: PathPattern, path: RequestPath): boolean {
  if (pattern.kind === 'any') return true;
  if (pattern.kind === 'exact') return path.text === pattern.text;
  if (path.wanders) return false;
  switch (pattern.kind) {
    case 'prefix':
      return path.text.startsWith(pattern.text);
    case 'suffix':
      return !path.endsEarly && path.text.endsWith(pattern.text);
    case 'segments': {
      const { segments, open } = pattern;
      const { length } = path.segments;
      if (open ? length <= segments.length : length !== segments.length) return false;
      return segments.every((wanted, index) => {
        const found = path.segments[index] as string;
        return wanted === undefined ? isOneSegment(found) : found === wanted;
      });
    }
  }
}

/** Whether everything that `other` matches is matched by `pattern` too, as far as that is easily seen. */
export function coversPath(pattern: PathPattern, other: PathPattern): boolean {
  if (other.kind === 'exact') return matchesPath(pattern, requestPath(other.text));
  if (other.kind !== 'segments') return pattern.kind !== 'segments' && covers(pattern, other);
  if (pattern.kind === 'segments')
    return pattern.open === other.open && isDeepStrictEqual(pattern.segments, other.segments);
  const fixed = other.segments.slice(0, other.segments.indexOf(undefined));
  return covers(pattern, { kind: 'prefix', text: `${fixed.join('/')}/` });
}
