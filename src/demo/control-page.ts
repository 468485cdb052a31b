import { createHash } from 'node:crypto';
import {
  defaultSeconds,
  faultWord,
  isTimed,
  maximumSeconds,
  type ScenarioName,
  scenarios,
  serviceNames,
  supportedFaults,
} from './fault.js';
import type { Faults } from './faults.js';

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
form { display: inline-flex; gap: .4rem; flex-wrap: wrap; }
input[type=number] { width: 4.5rem; }
`;

/** The policy of the page: its own style, its own forms, nothing else. */
export function contentSecurityPolicy(): string {
  const styleHash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;
}

/** The control page: every service with its fault and a form to change it. Plain HTML, no script. */
export function controlPage(faults: Faults): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Demo faults</title><style>${style}</style></head>
<body>
<h1>Faults of the simulated AI-CRM</h1>
<p>Switch a fault on and watch the exporter find it. <a href="/">Reload</a> · <a href="/faults">as JSON</a></p>
<h2>Scenarios</h2>
<table><thead><tr><th scope="col">Scenario</th><th scope="col">State</th><th scope="col">Change</th></tr></thead><tbody>
${(Object.keys(scenarios) as ScenarioName[]).map((name) => scenarioRow(faults, name)).join('\n')}
</tbody></table>
<h2>Services</h2>
<table><thead><tr><th scope="col">Service</th><th scope="col">Fault</th><th scope="col">Change</th></tr></thead><tbody>
${serviceNames.map((name) => serviceRow(faults, name)).join('\n')}
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

function serviceRow(faults: Faults, name: (typeof serviceNames)[number]): string {
  const fault = faults.of(name);
  const known = supportedFaults[name];
  const choices = known.map((kind) => `<option${kind === fault?.kind ? ' selected' : ''}>${kind}</option>`).join('');
  const chosenSeconds = fault !== undefined && 'seconds' in fault ? fault.seconds : defaultSeconds.slow;
  const seconds = known.some(isTimed)
    ? `<label>${known.filter(isTimed).join(' or ')} for <input type="number" name="seconds" value="${chosenSeconds}" min="0.1" max="${maximumSeconds}" step="any"> s</label>`
    : '';
  const controls = `<select name="fault" aria-label="Fault of ${name}">${choices}</select>${seconds}${button('do', 'set', 'Switch on')}`;
  const lift = fault === undefined ? '' : ` ${form(`/faults/${name}`, button('lift', 'lift', 'Lift'))}`;
  return row(
    name,
    fault === undefined ? 'none' : `<strong>${faultWord(fault)}</strong>`,
    form(`/faults/${name}`, controls) + lift,
  );
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
