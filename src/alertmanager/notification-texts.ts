import type { ReceiverSurroundings } from './alertmanager-file.js';

/** Where the rules say that the runbooks are, up to the name of an alert. */
const publicRunbooks = 'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md#';

/** Text in a place where Alertmanager expands templates. */
export function literalText(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

/** The same for URLs, which from Alertmanager 0.31 on are templates; nobody else tells the two spellings apart. */
export function literalUrl(url: string): string {
  return url.replaceAll('{{', '%7B%7B');
}

/**
 * The rules know the path of a board and the public address of a runbook, and only the configuration where Grafana and this
 * exporter are: that comes in by defining templates anew.
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
