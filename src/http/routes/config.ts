import type { Middleware } from 'koa';
import { maskedConfig } from '../../config/masked.js';
import type { Service } from '../service.js';

/** `GET /config`: the configuration in force with its secrets masked, as YAML, or as JSON for clients that prefer that. */
export function configRoute(service: Service): Middleware {
  return async (ctx) => {
    const shown = maskedConfig(service.config());
    ctx.vary('Accept');
    if (ctx.accepts('text/plain', 'application/yaml', 'application/json') === 'application/json') {
      ctx.body = `${JSON.stringify(shown)}\n`;
      ctx.type = 'json';
      return;
    }
    // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
    const { default: yaml } = await import('yaml');
    ctx.body = yaml.stringify(shown, { aliasDuplicateObjects: false });
    // Plain text, as browsers download what they are told is YAML.
    ctx.type = 'text';
  };
}
