import type { Middleware } from 'koa';
import type { Service } from '../service.js';

/** `GET /sd`: the components as Prometheus' `http_sd_configs` reads them, one group each, for scraping `/probe`. */
export function serviceDiscoveryRoute(service: Service): Middleware {
  return async (ctx) => {
    ctx.body = service.config().components.map(({ name, kind, target }) => ({
      targets: [name],
      labels: { __meta_aicrm_component: name, __meta_aicrm_kind: kind, __meta_aicrm_target: target },
    }));
  };
}
