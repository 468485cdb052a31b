import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { defaultAlertmanagerVersion, parseAlertmanagerVersion } from '../../../src/alertmanager/alertmanager-file.js';
import { renderAlertmanager } from '../../../src/alertmanager/render.js';
import { alertmanagerConfig } from './alertmanager-config.js';
import { manifestText } from './custom-resource.js';
import { prometheusRule } from './prometheus-rule.js';

/** The folder of the generated manifests. */
export const manifestsFolder = 'deploy/kubernetes/base/alerting';

/** The URL of the console for Alertmanager: a Service in the same namespace. */
const consoleUrl = 'http://ai-crm-exporter:10059/alerts';

/** Makes the manifests from `prometheus/` and the default routing: name of the file → text. Call it in the project's root. */
export async function manifests(): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  for (const file of (await readdir('prometheus/rules')).filter((name) => name.endsWith('.yml')).sort()) {
    const name = `ai-crm-${file.replace(/\.yml$/, '').replaceAll('.', '-')}`;
    const rule = prometheusRule(name, parse(await readFile(`prometheus/rules/${file}`, 'utf8')));
    made.set(
      `${name}.yml`,
      manifestText(
        `Made of prometheus/rules/${file} by "npm run kubernetes": change it there, where the reasons are.`,
        rule,
      ),
    );
  }
  const { text } = await renderAlertmanager(
    { alertChannels: [{ kind: 'console', name: 'console', enabled: true, settings: { url: consoleUrl } }] },
    { version: parseAlertmanagerVersion(defaultAlertmanagerVersion), folder: '/etc/alertmanager' },
  );
  const routing = alertmanagerConfig('ai-crm', parse(text));
  made.set(
    'alertmanager-config.yml',
    manifestText(
      'The default routing, made of src/alertmanager by "npm run kubernetes": change it there, or by a patch.',
      routing,
    ),
  );
  return made;
}
