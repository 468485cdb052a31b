import type { ReceiverSurroundings } from './alertmanager-file.js';

/** Address of the runbooks in the rules, without the name of an alert. */
const publicRunbooks = 'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md#';

/** Escapes text where Alertmanager expands templates. */
export function literalText(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

/** The same for URLs, in which Alertmanager expands templates from 0.31 on. For others both forms are the same URL. */
export function literalUrl(url: string): string {
  return url.replaceAll('{{', '%7B%7B');
}

/**
 * Adds links to a template. The rules have only the path of a board and the public address of a runbook. The
 * configuration has the addresses of Grafana and of the runbooks, so this redefines the templates of links.
 */
export function withLinks(
  template: string,
  { grafanaUrl, runbooksUrl }: Pick<ReceiverSurroundings, 'grafanaUrl' | 'runbooksUrl'>,
): string {
  const graph =
    grafanaUrl === undefined
      ? ''
      : `{{ define "aicrm.graph" }}{{ if match "^/" .Annotations.dashboard_url }}${literalUrl(grafanaUrl)}{{ .Annotations.dashboard_url }}{{ else }}{{ .GeneratorURL }}{{ end }}{{ end }}`;
  const runbook =
    runbooksUrl === undefined
      ? ''
      : `{{ define "aicrm.runbook" }}{{ .Annotations.runbook_url | reReplaceAll "^${publicRunbooks.replaceAll('.', '[.]')}" "${literalUrl(runbooksUrl).replaceAll('$', '$$$$')}/" }}{{ end }}`;
  return `${graph}${runbook}${template}`;
}
