import type { IncomingMessage } from 'node:http';
import { callService, sendJson, serve } from './application.ts';

/** Version 1 shows no stars, version 2 black ones, version 3 red ones. */
const version = process.env['VERSION'] ?? 'v1';
const color = { v2: 'black', v3: 'red' }[version];

const reviews = [
  { reviewer: 'Reviewer1', text: 'An extremely entertaining play, and the slapstick is refreshing.' },
  { reviewer: 'Reviewer2', text: 'Absolutely fun. The play lacks thematic depth, compared with his others.' },
];

serve({
  async 'GET /reviews'(request, response) {
    sendJson(response, 200, { version, color, reviews, ...(color && (await ratings(request))) });
  },
});

/** Stars by reviewer, or why there are none: a review without stars is better than no review. */
async function ratings(request: IncomingMessage): Promise<{ ratings: unknown } | { ratingsError: string }> {
  try {
    const { status, body } = await callService('ratings', '/ratings', request, 2_500);
    if (status === 200) return { ratings: JSON.parse(body) };
    return {
      ratingsError:
        status === 429 ? 'too many requests' : status === 403 ? 'not permitted' : `status ${status}`,
    };
  } catch (error) {
    return { ratingsError: String(error) };
  }
}
