import type { Middleware } from 'koa';
import { PasswordCheck } from '../password-check.js';
import { webConfigOf } from './web-config.js';

/** Lets only the users of `basic_auth_users` in, whatever the path; everybody when there are none. */
export function authentication(): Middleware {
  const passwords = new PasswordCheck();
  return async (ctx, next) => {
    const users = webConfigOf(ctx)?.users;
    if (users === undefined || users.size === 0) return next();
    const credentials = credentialsOf(ctx.get('authorization'));
    const verdict =
      credentials === undefined ? 'wrong' : await passwords.check(users, { ...credentials, client: ctx.ip });
    if (verdict === 'right') return next();
    if (verdict === 'busy') {
      ctx.status = 503;
      ctx.set('Retry-After', '1');
      ctx.body = 'too many sign-ins at once\n';
      return;
    }
    ctx.status = 401;
    ctx.set('WWW-Authenticate', 'Basic realm="ai-crm-exporter", charset="UTF-8"');
    ctx.body = 'user name and password needed\n';
  };
}

function credentialsOf(header: string): { readonly name: string; readonly password: string } | undefined {
  const encoded = /^basic +([a-z0-9+/]+=*) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
