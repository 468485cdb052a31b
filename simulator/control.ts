import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { ExporterError, messageOf } from '../src/base/errors.js';
import { isRecord } from '../src/base/json.js';
import { htmlAnswer, jsonAnswer, jsonBody, type ReceivedRequest, type SimulatedAnswer } from './exchange.js';
import {
  type ActiveFault,
  defaultSeconds,
  type Fault,
  type FaultKind,
  type Faults,
  faultKinds,
  faultWord,
  isJobName,
  isScenarioName,
  isServiceName,
  isTimed,
  type JobFaultKind,
  type JobName,
  jobFaultKinds,
  jobNames,
  maximumSeconds,
  type ScenarioName,
  type ServiceName,
  scenarios,
  serviceNames,
  supportedFaults,
} from './faults.js';
import { receive, send } from './http-service.js';

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
form { display: inline-flex; gap: .4rem; flex-wrap: wrap; }
input[type=number] { width: 4.5rem; }
`;

/** The policy of the page: only its own style and forms. */
function contentSecurityPolicy(): string {
  const styleHash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;
}

/** The control page: each service, its fault, and a form to change it. Plain HTML without scripts. */
function controlPage(faults: Faults): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Demo faults</title><style>${style}</style></head>
<body>
<h1>Faults of the simulated AI-CRM</h1>
<p>Switch a fault on and watch how the exporter reports it. <a href="/">Reload</a> · <a href="/faults">as JSON</a></p>
<h2>Scenarios</h2>
<table><thead><tr><th scope="col">Scenario</th><th scope="col">State</th><th scope="col">Change</th></tr></thead><tbody>
${(Object.keys(scenarios) as ScenarioName[]).map((name) => scenarioRow(faults, name)).join('\n')}
</tbody></table>
<h2>Services</h2>
<table><thead><tr><th scope="col">Service</th><th scope="col">Fault</th><th scope="col">Change</th></tr></thead><tbody>
${serviceNames.map((name) => serviceRow(faults, name)).join('\n')}
</tbody></table>
<h2>Jobs that report in</h2>
<table><thead><tr><th scope="col">Job</th><th scope="col">Fault</th><th scope="col">Change</th></tr></thead><tbody>
${jobNames.map((name) => jobRow(faults, name)).join('\n')}
</tbody></table>
</body>
</html>
`;
}

function scenarioRow(faults: Faults, name: ScenarioName): string {
  const isActive = faults.isScenarioActive(name);
  const change = isActive ? button('lift', 'lift', 'Lift') : button('fault', 'on', 'Switch on');
  return row(name, isActive ? '<strong>on</strong>' : 'off', form(`/scenarios/${name}`, change));
}

function serviceRow(faults: Faults, name: ServiceName): string {
  const fault = faults.of(name);
  const timed = supportedFaults[name].filter(isTimed);
  const chosenSeconds = fault !== undefined && 'seconds' in fault ? fault.seconds : defaultSeconds.slow;
  const seconds =
    timed.length > 0
      ? `<label>${timed.join(' or ')} for <input type="number" name="seconds" value="${chosenSeconds}" min="0.1" max="${maximumSeconds}" step="any"> s</label>`
      : '';
  return faultRow(name, fault, supportedFaults[name], seconds);
}

function faultRow(
  name: ActiveFault['service'],
  fault: ActiveFault['fault'] | undefined,
  supported: readonly string[],
  seconds = '',
): string {
  const choices = supported
    .map((kind) => `<option${kind === fault?.kind ? ' selected' : ''}>${kind}</option>`)
    .join('');
  const controls = `<select name="fault" aria-label="Fault of ${name}">${choices}</select>${seconds}${button('do', 'set', 'Switch on')}`;
  const lift = fault === undefined ? '' : ` ${form(`/faults/${name}`, button('lift', 'lift', 'Lift'))}`;
  return row(
    name,
    fault === undefined ? 'none' : `<strong>${faultWord(fault)}</strong>`,
    form(`/faults/${name}`, controls) + lift,
  );
}

function jobRow(faults: Faults, name: JobName): string {
  const kind = faults.ofJob(name);
  return faultRow(name, kind === undefined ? undefined : { kind }, jobFaultKinds);
}

function row(name: string, state: string, change: string): string {
  return `<tr><th scope="row">${name}</th><td>${state}</td><td>${change}</td></tr>`;
}

function form(action: string, controls: string): string {
  return `<form method="post" action="${action}">${controls}</form>`;
}

function button(name: string, value: string, text: string): string {
  return `<button name="${name}" value="${value}">${text}</button>`;
}

/**
 * The control server of the demo: a page for people, `/faults` and `/scenarios/<name>` for programs. It has no login.
 * So it accepts only its own page and programs of this machine: names other than loopback, and forms of other sites,
 * get 403.
 */
export function controlListener(faults: Faults): RequestListener {
  return (incoming, response) => {
    answerTo(faults, incoming).then(
      (answer) => send(response, answer, incoming.method),
      () => response.destroy(),
    );
  };
}

async function answerTo(faults: Faults, incoming: IncomingMessage): Promise<SimulatedAnswer> {
  const request = await receive(incoming);
  if (request === 'too large') return problem(413, 'the request body is too large');
  const refusal = foreignRequest(request, incoming.socket.localPort ?? 0);
  if (refusal !== undefined) return problem(403, refusal);
  try {
    return await route(faults, request);
  } catch (error) {
    if (error instanceof ExporterError && error.expose) return problem(400, error.message);
    return problem(500, messageOf(error));
  }
}

async function route(faults: Faults, request: ReceivedRequest): Promise<SimulatedAnswer> {
  const { path } = request;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (path === '/') {
    return method === 'GET' ? page(faults) : notAllowed('GET');
  }
  if (path === '/faults') return method === 'GET' ? jsonAnswer(200, state(faults)) : notAllowed('GET');
  const [, collection, name = ''] = /^\/(faults|scenarios)\/([^/]+)$/.exec(path) ?? [];
  if (collection === undefined) return problem(404, `nothing at ${path}; try /faults`);
  if (!['PUT', 'DELETE', 'POST'].includes(method)) return notAllowed('PUT, DELETE, POST');
  const change = collection === 'faults' ? serviceChange(faults, name, request) : scenarioChange(faults, name, request);
  if ('status' in change) return change;
  await change.apply();
  return method === 'POST' ? { status: 303, headers: { location: '/' }, body: '' } : jsonAnswer(200, state(faults));
}

interface Change {
  apply(): Promise<void>;
}

function serviceChange(faults: Faults, name: string, request: ReceivedRequest): Change | SimulatedAnswer {
  if (!isServiceName(name) && !isJobName(name))
    return problem(404, `no service "${name}"; there are: ${[...serviceNames, ...jobNames].join(', ')}`);
  const form = new URLSearchParams(request.method === 'POST' ? request.body : '');
  const isLifted = request.method === 'DELETE' || form.has('lift');
  if (isLifted && isServiceName(name)) return { apply: () => faults.lift(name) };
  const wanted = request.method === 'POST' ? formFault(form) : jsonBody(request);
  if (isJobName(name)) {
    const kind = isLifted ? undefined : jobFaultFrom(wanted);
    return { apply: async () => faults.setOfJob(name, kind) };
  }
  const fault = faultFrom(wanted);
  return { apply: () => faults.set(name, fault) };
}

function scenarioChange(faults: Faults, name: string, request: ReceivedRequest): Change | SimulatedAnswer {
  if (!isScenarioName(name))
    return problem(404, `no scenario "${name}"; there are: ${Object.keys(scenarios).join(', ')}`);
  const isLifted =
    request.method === 'DELETE' || (request.method === 'POST' && new URLSearchParams(request.body).has('lift'));
  return { apply: () => (isLifted ? faults.liftScenario(name) : faults.setScenario(name)) };
}

function formFault(form: URLSearchParams): unknown {
  const fault = form.get('fault');
  const seconds = form.get('seconds');
  // The form always sends seconds, but only some faults use them.
  return isFaultKind(fault) && isTimed(fault) && seconds !== null ? { fault, seconds: Number(seconds) } : { fault };
}

/** Throws an exposed `bad_request` that describes the problem of a fault. */
function faultFrom(wanted: unknown): Fault {
  if (!isRecord(wanted)) throw badRequest('the body must be a JSON object such as {"fault": "slow", "seconds": 3}');
  const { fault: kind, seconds, ...unknown } = wanted;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw badRequest(`unknown key "${stranger}"; known are: fault, seconds`);
  if (!isFaultKind(kind)) throw badRequest(`"fault" must be one of: ${faultKinds.join(', ')}`);
  if (!isTimed(kind)) {
    if (seconds !== undefined)
      throw badRequest(
        `"seconds" works with the faults ${Object.keys(defaultSeconds).join(' and ')} only, not with "${kind}"`,
      );
    return { kind };
  }
  if (seconds === undefined) return { kind, seconds: defaultSeconds[kind] };
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= maximumSeconds)) {
    throw badRequest(`"seconds" must be a number above 0 and at most ${maximumSeconds}`);
  }
  return { kind, seconds };
}

function jobFaultFrom(wanted: unknown): JobFaultKind {
  const kind = isRecord(wanted) ? jobFaultKinds.find((each) => each === wanted['fault']) : undefined;
  if (kind === undefined) throw badRequest(`"fault" of a job must be one of: ${jobFaultKinds.join(', ')}`);
  return kind;
}

function isFaultKind(value: unknown): value is FaultKind {
  return (faultKinds as readonly unknown[]).includes(value);
}

function state(faults: Faults) {
  const scenarioNames = Object.keys(scenarios) as ScenarioName[];
  return {
    services: Object.fromEntries(
      serviceNames.map((name) => [name, serviceState(faults.of(name), supportedFaults[name])]),
    ),
    jobs: Object.fromEntries(
      jobNames.map((name) => [name, { fault: faults.ofJob(name) ?? null, supported: jobFaultKinds }]),
    ),
    scenarios: Object.fromEntries(scenarioNames.map((name) => [name, { active: faults.isScenarioActive(name) }])),
  };
}

function serviceState(fault: Fault | undefined, supported: readonly FaultKind[]) {
  return {
    fault: fault?.kind ?? null,
    ...(fault !== undefined && 'seconds' in fault ? { seconds: fault.seconds } : {}),
    supported,
  };
}

/** Why a request is not from this machine; undefined when it is allowed. */
function foreignRequest({ method, headers }: ReceivedRequest, port: number): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  // A page at another name that resolves to this machine still sends its own name.
  if (!hosts.includes(headers.host ?? '')) return `the host must be one of: ${hosts.join(', ')}`;
  if (method === 'GET' || method === 'HEAD') return undefined;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'requests from other sites are refused';
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${headers.host}`) return 'requests from other origins are refused';
  return undefined;
}

function page(faults: Faults): SimulatedAnswer {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': contentSecurityPolicy(),
  };
  return htmlAnswer(200, controlPage(faults), headers);
}

function problem(status: number, error: string): SimulatedAnswer {
  return jsonAnswer(status, { error });
}

function notAllowed(allow: string): SimulatedAnswer {
  return jsonAnswer(405, { error: `only ${allow} here` }, { allow });
}

function badRequest(message: string): ExporterError {
  return new ExporterError('bad_request', message, { expose: true });
}
