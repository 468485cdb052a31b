import { readFile } from 'node:fs/promises';
import type { Middleware } from 'koa';
import { bundled } from '../../bundled.js';

/** `GET /runbooks` and `GET /runbooks/<alert>`: what to do about each alert, from the file that is shipped. */
export function runbooksRoute(): Middleware {
  return async (ctx) => {
    const { readRunbooks, renderRunbook, renderRunbookList, runbookPolicy } = await import('../page/runbooks.js');
    const runbooks = readRunbooks(await readFile(bundled('docs/runbooks.md'), 'utf8'));
    const { alert } = ctx['params'] as { readonly alert?: string };
    const page = alert === undefined ? renderRunbookList(runbooks, ctx.path) : renderRunbook(runbooks, alert);
    if (page === undefined) return;
    ctx.set('Content-Security-Policy', runbookPolicy());
    ctx.type = 'html';
    ctx.body = page;
  };
}
