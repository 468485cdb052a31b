import type { App } from '../app.js';
import { ownNumbersOf } from '../status/numbers.js';
import type { Overview } from '../status/overview.js';
import type { RunningAiCrm } from './ai-crm.js';
import { lineOfChange, renderLiveView } from './live-view.js';
import type { Part } from './stack/part.js';
import type { ShownAlerts } from './stack/shown-alerts.js';
import type { Stack } from './stack/stack.js';
import { lineOfAlert, linesOfStackChange } from './stack/stack-view.js';

/** What there is to see, and who looks. */
export interface ShowOptions {
  readonly app: App;
  readonly aiCrm: RunningAiCrm;
  /** The exporter's. */
  readonly url: string;
  /** The `monitoring.yml` in use. */
  readonly configFile: string;
  readonly alerts: ShownAlerts;
  /** Absent when there are to be no other programs. */
  readonly stack?: Stack;
  readonly out: NodeJS.WriteStream;
  /** Resolves when the show is over. */
  readonly ended: Promise<void>;
}

const redrawSeconds = 1;
const clearScreen = '\x1b[H\x1b[2J';

/** Shows a running demo until it is over: on a terminal a view that is drawn anew every second, elsewhere a line for every change. */
export async function show(options: ShowOptions): Promise<void> {
  const { out, ended } = options;
  const step = out.isTTY ? viewOf(options) : linesOf(options);
  step();
  const timer = setInterval(step, redrawSeconds * 1000);
  await ended;
  clearInterval(timer);
  out.write(options.stack === undefined ? '\n' : '\nEnding everything …\n');
}

function viewOf({ app, aiCrm: { urls, faults }, url, out, stack, alerts }: ShowOptions): () => void {
  const links = linksOf(url, urls.control);
  out.write(clearScreen);
  return () => {
    const text = renderLiveView(app.overview(), {
      width: out.columns,
      height: out.rows,
      colour: out.hasColors(),
      urls: links,
      faults: faults.active(),
      numbers: ownNumbersOf(app.figures()),
      ...(stack === undefined ? {} : { stack: { parts: stack.parts(), alerts: alerts.latest() } }),
    });
    // Written over what is there, which does not flicker as clearing first does.
    out.write(`\x1b[H${text.trimEnd().replaceAll('\n', '\x1b[K\n')}\x1b[K\x1b[J`);
  };
}

function linesOf({ app, aiCrm, url, configFile, out, stack, alerts }: ShowOptions): () => void {
  const { metrics, status, control } = linksOf(url, aiCrm.urls.control);
  out.write(
    `metrics   ${metrics}\nstatus    ${status}\nfaults    ${control}\nconfig    ${configFile}\nCtrl-C ends it all.\n\n`,
  );
  let last: Overview | undefined;
  let lastParts: readonly Part[] = [];
  let alertsTold = 0;
  return () => {
    const current = app.overview();
    const parts = stack?.parts() ?? [];
    const news = alerts.total() - alertsTold;
    out.write(
      linesOfStackChange(lastParts, parts, current.atSeconds) +
        lineOfChange(last, current) +
        (news === 0 ? '' : alerts.latest().slice(-news).map(lineOfAlert).join('')),
    );
    last = current;
    lastParts = parts;
    alertsTold += news;
  };
}

function linksOf(url: string, control: string) {
  return { metrics: `${url}/metrics`, status: `${url}/`, control: `${control}/` };
}
