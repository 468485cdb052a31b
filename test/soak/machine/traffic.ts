import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SoakedExporter } from './exporter.js';

/** Scrapes all the time over an open connection, as Prometheus does, and measures the time. */
export class Scraper {
  readonly #exporter: SoakedExporter;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #ended = new AbortController();
  readonly #done: Promise<void>;
  #milliseconds: number[] = [];
  #failures: string[] = [];
  /** Why failures do not count now: the current disturbance makes them unavoidable. */
  excuse: string | undefined;
  count = 0;

  constructor(exporter: SoakedExporter) {
    this.#exporter = exporter;
    this.#done = this.#scrape();
  }

  /** The scrape times since the last call, without excused ones, and the failed scrapes. */
  take(): { readonly milliseconds: readonly number[]; readonly failures: readonly string[] } {
    const taken = { milliseconds: this.#milliseconds, failures: this.#failures };
    this.#milliseconds = [];
    this.#failures = [];
    return taken;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#done;
    this.#agent.destroy();
  }

  async #scrape(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const wasExcused = this.excuse;
      const failure = await this.#exporter
        .ask('/metrics', {
          agent: this.#agent,
          timeout: 10_000,
          signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
        })
        .then(
          ({ status }) => (status === 200 ? undefined : `answered ${status}`),
          (error: Error) => error.message,
        );
      const isExcused = wasExcused !== undefined || this.excuse !== undefined || signal.aborted;
      if (failure === undefined) this.count += 1;
      if (failure === undefined && !isExcused) this.#milliseconds.push(performance.now() - startedAt);
      if (failure !== undefined && !isExcused) this.#failures.push(failure);
      await sleep(500, undefined, { signal }).catch(() => {});
    }
  }
}

const alerts = JSON.stringify({
  version: '4',
  status: 'firing',
  receiver: 'console',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://127.0.0.1:9093',
  groupKey: 'soak',
  alerts: Array.from({ length: 50 }, (_, i) => ({
    status: 'firing',
    labels: { alertname: 'AiCrmSoak', severity: 'warning', component: `c${i}` },
    annotations: { summary: 'A soak.' },
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: String(i),
  })),
});

/** Sends all kinds of requests for this time, many at once. Some clients disconnect before the answer. */
export async function hammer(exporter: SoakedExporter, documentUrl: string, seconds: number): Promise<number> {
  let asked = 0;
  const until = performance.now() + seconds * 1000;
  const questions = [
    () => exporter.ask('/metrics', { headers: { accept: 'application/openmetrics-text', 'accept-encoding': 'gzip' } }),
    () => exporter.ask('/probe?target=document'),
    () => exporter.ask('/probe?target=rude_hangs'),
    () => exporter.ask(`/probe?debug=true&target=${encodeURIComponent(`${documentUrl}${asked % 3000}`)}`),
    () => exporter.ask('/probe?target=file:///etc/passwd'),
    () => send(exporter, '/alerts', alerts),
    () => send(exporter, '/alerts', '{"alerts":'),
    () => exporter.ask('/', { headers: { accept: 'text/html' } }),
    () => exporter.ask('/api/status'),
    () => exporter.ask('/config'),
    () => exporter.ask('/sd'),
    () => exporter.ask('/runbooks'),
    () => exporter.ask(`/nothing-${asked}`),
    () => exporter.ask('/metrics', { signal: AbortSignal.timeout(1 + (asked % 20)) }),
    () => exporter.ask('/probe?target=rude_hangs', { signal: AbortSignal.timeout(50) }),
    () =>
      exporter.ask('/metrics', {
        headers: { authorization: `Basic ${Buffer.from(`soak:wrong-${asked % 150}`).toString('base64')}` },
      }),
  ];
  const client = async (first: number) => {
    for (let i = first; performance.now() < until; i++) {
      asked += 1;
      await questions[i % questions.length]?.().catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: 12 }, (_, i) => client(i)));
  return asked;
}

async function send(exporter: SoakedExporter, path: string, body: string): Promise<void> {
  await exporter.ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}
