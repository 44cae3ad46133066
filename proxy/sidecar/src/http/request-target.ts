/** A request target, taken apart. */
export interface RequestTarget {
  /** Origin form, `/path?query`, or `*`. */
  readonly path: string;
  /** From an absolute-form target; it takes the place of Host (RFC 9112 §3.2.2). */
  readonly authority?: string;
}

const absoluteForm = /^http:\/\/([^/?#]+)([/?][^#]*)?$/i;

/** Reads origin form, absolute form with `http`, and `*` for OPTIONS; undefined for everything else. */
export function parseRequestTarget(method: string, target: string): RequestTarget | undefined {
  if (target.charCodeAt(0) === 0x2f) return { path: target };
  if (target === '*') return method === 'OPTIONS' ? { path: '*' } : undefined;
  const absolute = absoluteForm.exec(target);
  if (absolute === null) return undefined;
  const path = absolute[2] ?? '/';
  return { authority: absolute[1] as string, path: path.startsWith('/') ? path : `/${path}` };
}

/** A host name or address with an optional port, and nothing that would read differently elsewhere (no userinfo, no blanks). */
const authorityForm = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~%!$&'()*+,;=-]{1,255})(?::\d{0,5})?$/;

export function isAuthority(text: string): boolean {
  return authorityForm.test(text);
}
