import { type Handler, htmlAnswer } from './exchange.js';

const page =
  '<!doctype html><html lang="en"><head><title>AI-CRM</title></head><body><div id="root"></div></body></html>\n';

const headers = {
  server: 'nginx/1.26.3',
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer-when-downgrade',
  'accept-ranges': 'bytes',
} as const;

/** The web frontend: nginx that answers every path with the one page of the application, `/health` included. */
export const frontend: Handler = ({ method }) =>
  method === 'GET' || method === 'HEAD'
    ? htmlAnswer(200, page, headers)
    : htmlAnswer(405, errorPage('405 Not Allowed'), headers);

/** An error page of nginx, without its version. */
export function errorPage(title: string): string {
  return `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n`;
}
