/** The start of `down`, as Alertmanager writes a time. */
export const startsAt = '2026-11-23T03:12:10.123Z';

/** An alert as Alertmanager sends it. */
export const down = {
  status: 'firing',
  labels: {
    alertname: 'AiCrmComponentDown',
    severity: 'critical',
    job: 'ai-crm',
    area: 'services',
    component: 'database',
  },
  annotations: { summary: 'database does not answer', description: 'Since 03:12.' },
  startsAt,
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus/graph',
  fingerprint: 'c0ffee',
};
