import { withoutQuery } from '../base/sensitive.js';
import type { JsonSourceConfig, LabelRule, MetricMapping } from './mapping.js';
import { maskedHttp } from './masked-http.js';
import type { RequestSourceConfig } from './request-source.js';

/** An entry of `json_sources` with the file's keys and without its secrets; metrics of a preset stand among its own. */
export function maskedJsonSource({
  url,
  http,
  usesLogin,
  intervalSeconds,
  timeoutSeconds,
  maxSeries,
  metrics,
}: JsonSourceConfig): Readonly<Record<string, unknown>> {
  const { expect: _expect, ...options } = maskedHttp(http);
  return {
    url: withoutQuery(url),
    ...options,
    use_login: usesLogin,
    interval: intervalSeconds,
    timeout: timeoutSeconds,
    max_series: maxSeries,
    metrics: metrics.map(maskedMetric),
  };
}

/** An entry of `request_sources`, likewise. */
export function maskedRequestSource(source: RequestSourceConfig): Readonly<Record<string, unknown>> {
  const timing = { interval: source.intervalSeconds, timeout: source.timeoutSeconds };
  if (source.kind === 'access_log') return { access_log: source.file, pattern: source.pattern.source, ...timing };
  return { stub_status: withoutQuery(source.url), ...timing };
}

/** An entry of `metrics` with the file's keys. */
export function maskedMetric({
  definition,
  path,
  value,
  words,
  scale,
  labels,
}: MetricMapping): Readonly<Record<string, unknown>> {
  const { name, type, help } = definition;
  return {
    name,
    help,
    type,
    path,
    value: value.kind === 'count' ? 'count' : value.path,
    ...(words === undefined ? {} : { words: Object.fromEntries(words) }),
    scale,
    labels: Object.fromEntries([...labels].map(([label, rule]) => [label, maskedLabel(rule)])),
  };
}

function maskedLabel(rule: LabelRule): unknown {
  switch (rule.kind) {
    case 'path':
      return rule.path;
    case 'parent':
      return { parent: rule.levels, path: rule.path };
    case 'key':
      return { key: rule.levels };
    case 'text':
      return { text: rule.text };
  }
}
