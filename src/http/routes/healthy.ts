import type { Middleware } from 'koa';

/** `GET /-/healthy`: 200 as long as the process answers at all; says nothing about AI-CRM. */
export function healthyRoute(): Middleware {
  return async (ctx) => {
    ctx.body = 'ai-crm-exporter is healthy\n';
  };
}
