import { sendJson, serve } from './application.ts';

serve({ 'GET /ratings': (_, response) => sendJson(response, 200, { Reviewer1: 5, Reviewer2: 4 }) });
