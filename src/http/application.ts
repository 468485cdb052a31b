import { Router } from '@koa/router';
import Koa from 'koa';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { alertsRoute, maxNotificationBytes } from './alert-routes.js';
import { boundedBody, compression, securityHeaders } from './answer-headers.js';
import { authentication, type CurrentWebConfig, currentWebConfig, rateLimit } from './authentication.js';
import { accessLog, errorExit, methodNotAllowed, notFound } from './error-exit.js';
import { hasOwnToken, heartbeatRoute } from './heartbeat-route.js';
import {
  apiMetricsRoute,
  apiStatusRoute,
  badgeRoute,
  configRoute,
  healthyRoute,
  metricsRoute,
  movedPageRoute,
  probeRoute,
  readyRoute,
  reloadRoute,
  runbooksRoute,
  serviceDiscoveryRoute,
  statusPageRoute,
} from './routes.js';
import type { Service } from './service.js';
import { type AllowedHosts, requestTarget, strangers } from './strangers.js';

/** What routes and middleware need besides the service. */
interface ApplicationOptions {
  readonly telemetryPath: string;
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly webConfig?: CurrentWebConfig;
  readonly hosts: AllowedHosts;
}

/** The HTTP application: its routes, and the middleware of every answer. */
export function createApplication(service: Service, options: ApplicationOptions): Koa {
  const { telemetryPath, version, log, clock, webConfig, hosts } = options;

  const router = new Router({ sensitive: true });
  // First, so that the telemetry path `/` replaces the status page.
  router.get(literal(telemetryPath), metricsRoute(service));
  router.get('/', statusPageRoute(service, { version, telemetryPath }));
  router.get('/dashboard', movedPageRoute());
  router.get('/probe', probeRoute(service));
  router.get('/sd', serviceDiscoveryRoute(service));
  router.get('/api/status', apiStatusRoute(service, { version }));
  router.get('/badge/:name.svg', badgeRoute(service));
  router.get('/api/metrics', apiMetricsRoute(service));
  router.post('/alerts', alertsRoute(service, clock));
  router.post('/heartbeat/:name', heartbeatRoute(service));
  router.post('/heartbeat/:name/:report', heartbeatRoute(service));
  router.get('/runbooks', runbooksRoute(service));
  router.get('/runbooks/:alert', runbooksRoute(service));
  router.get('/config', configRoute(service));
  router.get('/-/healthy', healthyRoute());
  router.get('/-/ready', readyRoute(service));
  router.post('/-/reload', reloadRoute(service));
  router.put('/-/reload', reloadRoute(service));

  const application = new Koa();
  application.use(requestTarget());
  application.use(accessLog(log, clock));
  if (webConfig !== undefined) application.use(currentWebConfig(webConfig));
  application.use(securityHeaders());
  application.use(compression());
  application.use(errorExit(log));
  application.use(rateLimit(clock));
  application.use(strangers(hosts, new Set([telemetryPath, '/probe', '/sd', '/-/healthy', '/-/ready'])));
  application.use(boundedBody(new Map([['POST /alerts', maxNotificationBytes]])));
  application.use(authentication((path) => hasOwnToken(path, service)));
  application.use(notFound());
  application.use(methodNotAllowed());
  application.use(router.routes());
  application.use(router.allowedMethods());
  // After the error exit, only clients that close their connection during the answer cause this event.
  application.on('error', (error: unknown) => log.debug('answer was not delivered', { error: messageOf(error) }));
  return application;
}

/** A path for the router in which no character has a special meaning. */
function literal(path: string): string {
  return path.replace(/[{}()[\]+?!:*\\]/g, '\\$&');
}
