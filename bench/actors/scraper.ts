import { Agent, get } from 'node:http';

/** The headers that Prometheus sends. */
const headers = {
  accept:
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'accept-encoding': 'gzip',
};

/** A scraper that sends the headers of Prometheus and keeps its connection open. */
export class Scraper {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** Milliseconds from the request to the last byte of a 200. Throws for every other result. */
  async time(url: string): Promise<number> {
    const startedAt = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(url, { agent: this.#agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        response.on('end', resolve).on('error', reject).resume();
      }).on('error', reject);
    });
    return performance.now() - startedAt;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The samples of the metrics at this URL: series in the text format -> value. */
export async function samplesAt(url: string, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(url, { signal })).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}
