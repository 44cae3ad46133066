import { sendJson, serve } from './application.ts';

/** The static record of the one book that this shop sells. */
const book = {
  title: 'The Comedy of Errors',
  author: 'William Shakespeare',
  year: 1595,
  type: 'paperback',
  pages: 200,
  publisher: 'PublisherA',
  language: 'English',
};

serve({ 'GET /details': (_, response) => sendJson(response, 200, book) });
