/** What one service answered for the page, or why it did not. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of another service, shown as it is
export type Part = { readonly found: any } | { readonly missing: string };

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
  header { display: flex; justify-content: space-between; border-bottom: 1px solid #ccc; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; } dt { color: #666; } dd { margin: 0; }
  blockquote { margin: 1rem 0; border-left: 3px solid #ccc; padding-left: 1rem; } .missing { color: #a33; } small { color: #666; }`;

/** The product page as HTML. */
export function renderPage({
  user,
  details,
  reviews,
}: {
  user: string | undefined;
  details: Part;
  reviews: Part;
}): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Bookinfo</title><style>${style}</style></head>
<body>
<header><strong>Bookinfo</strong>${user ? signedIn(user) : signIn}</header>
<h1>The Comedy of Errors</h1>
<h2>Details</h2>
${'found' in details ? list(details.found) : missing('Details are not available', details.missing)}
<h2>Reviews</h2>
${'found' in reviews ? renderReviews(reviews.found) : missing('Reviews are not available', reviews.missing)}
</body>
</html>
`;
}

const signIn =
  '<form method="post" action="/login"><input name="user" placeholder="name" required><button>Sign in</button></form>';
const signedIn = (user: string) =>
  `<form method="post" action="/logout">${escapeHtml(user)} <button>Sign out</button></form>`;
const missing = (what: string, why: string) => `<p class="missing">${what}: ${escapeHtml(why)}.</p>`;

function list(record: Record<string, unknown>): string {
  return `<dl>${Object.entries(record)
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('')}</dl>`;
}

interface Reviews {
  version: string;
  color?: string;
  reviews: { reviewer: string; text: string }[];
  ratings?: Record<string, number>;
  ratingsError?: string;
}

function renderReviews({ version, color = 'black', reviews, ratings, ratingsError }: Reviews): string {
  const stars = (reviewer: string) => {
    const count = Math.max(0, Math.min(5, Number(ratings?.[reviewer] ?? 0)));
    return ratings
      ? `<div style="color: ${escapeHtml(color)}">${'★'.repeat(count)}${'☆'.repeat(5 - count)}</div>`
      : '';
  };
  const quotes = reviews.map(
    ({ reviewer, text }) =>
      `<blockquote>${escapeHtml(text)}<br><small>${escapeHtml(reviewer)}</small>${stars(reviewer)}</blockquote>`,
  );
  const absent = ratingsError === undefined ? '' : missing('Ratings are not available', ratingsError);
  return `${quotes.join('\n')}\n${absent}<p><small>Reviews served by version ${escapeHtml(version)}</small></p>`;
}

function escapeHtml(value: unknown): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return String(value).replace(/[&<>"']/g, character => entities[character] as string);
}
