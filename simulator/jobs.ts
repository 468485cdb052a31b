import { request } from 'node:http';
import type { CancelTimer, Clock } from '../src/base/clock.js';
import { type Faults, type JobName, jobNames } from './faults.js';

/** Interval and duration of each job, short enough for a demo. */
export const jobTimes: Readonly<Record<JobName, { readonly everySeconds: number; readonly runSeconds: number }>> = {
  nightly_backup: { everySeconds: 30, runSeconds: 4 },
  sync: { everySeconds: 10, runSeconds: 0.5 },
};

/** What the jobs need. They have no token, so everyone who can reach the demo's exporter may report. */
interface JobsOptions {
  readonly faults: Faults;
  readonly clock: Clock;
  /** URL of the exporter, without a path. */
  readonly exporterUrl: string;
}

/** Message of each job at its end. */
const said: Readonly<Record<JobName, { readonly well: string; readonly failed: string }>> = {
  nightly_backup: { well: '23 tables, 412 MB', failed: 'pg_dump: error: no space left on device' },
  sync: { well: '17 tasks in step', failed: 'the calendar refuses the login' },
};

/**
 * The jobs of the simulated AI-CRM. They run repeatedly and report start and end. With the fault `stopped` a job does
 * not run, with `failing` it runs and fails. A report that does not arrive is lost, as with a simple script. Returns a
 * function that ends them.
 */
export function startJobs({ faults, clock, exporterUrl }: JobsOptions): () => void {
  const timers = new Map<JobName, CancelTimer>();
  const after = (name: JobName, seconds: number, task: () => void) => timers.set(name, clock.setTimer(task, seconds));
  const begin = (name: JobName) => {
    const { everySeconds, runSeconds } = jobTimes[name];
    if (faults.ofJob(name) === 'stopped') return after(name, everySeconds, () => begin(name));
    report(`${exporterUrl}/heartbeat/${name}/start`, '');
    return after(name, runSeconds, () => {
      const hasFailed = faults.ofJob(name) === 'failing';
      report(`${exporterUrl}/heartbeat/${name}/${hasFailed ? 1 : 0}`, hasFailed ? said[name].failed : said[name].well);
      after(name, everySeconds - runSeconds, () => begin(name));
    });
  };
  for (const name of jobNames) begin(name);
  return () => {
    for (const cancel of timers.values()) cancel();
  };
}

const timeoutMilliseconds = 5000;

function report(url: string, body: string): void {
  const sent = request(url, { method: 'POST', timeout: timeoutMilliseconds }, (response) => void response.resume());
  sent.on('timeout', () => sent.destroy());
  sent.on('error', () => {});
  sent.end(body);
}
