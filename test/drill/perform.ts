import type { AlertingStack, WatchedCrm } from '../support/alerting-stack.js';
import { type Step, stepWords } from './steps.js';

/** The begin or the end of a step. */
interface Action {
  readonly atSeconds: number;
  readonly isEnd: boolean;
  readonly step: Step;
}

/** The begin, and the steps with their real times. On a busy machine a step is late, and its notification is late, too. */
export interface Performance {
  readonly begunMilliseconds: number;
  readonly steps: readonly Step[];
}

/** Runs every step of the sequence at its time, and then waits for `restSeconds`. */
export async function perform(
  stack: AlertingStack,
  steps: readonly Step[],
  {
    factor,
    restSeconds,
    onStep,
  }: { readonly factor: number; readonly restSeconds: number; readonly onStep?: (words: string) => void },
): Promise<Performance> {
  const actions: Action[] = steps
    .flatMap((step) => [
      { atSeconds: step.fromSeconds, isEnd: false, step },
      ...(step.kind === 'reload' ? [] : [{ atSeconds: step.toSeconds, isEnd: true, step }]),
    ])
    // Of two actions at the same time the end comes first, so that a fault is over before the next.
    .sort((a, b) => a.atSeconds - b.atSeconds || Number(b.isEnd) - Number(a.isEnd));
  const begunMilliseconds = Date.now();
  const elapsed = () => ((Date.now() - begunMilliseconds) / 1000) * factor;
  const really = new Map(steps.map((step) => [step, { ...step }]));
  /** Actions in progress. The start of a program takes time, and later actions do not wait for it. */
  const running: Promise<void>[] = [];
  const maintained = new Map<WatchedCrm, Step[]>();
  let failure: unknown;
  for (const { atSeconds, isEnd, step } of actions) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, ((atSeconds - elapsed()) / factor) * 1000)));
    onStep?.(`${elapsed().toFixed(0).padStart(5)} s  ${isEnd ? 'end of ' : ''}${stepWords(step)}`);
    // A fault begins with its request, a maintenance with the end of its command. Both end when the end is done.
    if (!isEnd)
      Object.assign(really.get(step)!, { fromSeconds: Math.floor(elapsed()), toSeconds: Math.floor(elapsed()) });
    const done = act(stack, step, isEnd, maintained).then(() => {
      if (isEnd) Object.assign(really.get(step)!, { toSeconds: Math.ceil(elapsed()) });
      else if (step.kind === 'maintenance') Object.assign(really.get(step)!, { fromSeconds: Math.ceil(elapsed()) });
    });
    running.push(done.catch((error: unknown) => void (failure ??= error)));
  }
  await Promise.all(running);
  if (failure !== undefined) throw failure;
  await new Promise((resolve) => setTimeout(resolve, (restSeconds / factor) * 1000));
  return { begunMilliseconds, steps: [...really.values()] };
}

async function act(
  { crms, prometheus, alertmanager }: AlertingStack,
  step: Step,
  isEnd: boolean,
  maintained: Map<WatchedCrm, Step[]>,
): Promise<void> {
  if (!('crm' in step)) {
    const program = step.kind === 'Prometheus killed' ? prometheus : alertmanager;
    return isEnd ? program.restart() : program.kill();
  }
  const crm = crms[step.crm];
  if (crm === undefined) throw new Error(`there is no AI-CRM ${step.crm}`);
  switch (step.kind) {
    case 'fault':
      // The service may already have another fault.
      if (!isEnd) return crm.aiCrm.faults.set(step.service, step.fault);
      return crm.aiCrm.faults.of(step.service) === step.fault ? crm.aiCrm.faults.lift(step.service) : undefined;
    case 'exporter killed':
      return isEnd ? crm.restart() : crm.exporter.kill();
    case 'exporter stopped':
      return crm.exporter.signal(isEnd ? 'SIGCONT' : 'SIGSTOP');
    case 'reload':
      return crm.exporter.signal('SIGHUP');
    case 'maintenance': {
      if (step.by === 'command') {
        const components =
          step.components === 'all' ? ['--all'] : step.components.flatMap((name) => ['--component', name]);
        const { exitCode, stderr } = await (isEnd
          ? crm.run('maintenance', 'stop', ...components)
          : crm.run('maintenance', 'start', ...components, '--for', '1h'));
        if (exitCode !== 0) throw new Error(`${stepWords(step)}: ${stderr}`);
        return;
      }
      const now = isEnd
        ? (maintained.get(crm) ?? []).filter((other) => other !== step)
        : [...(maintained.get(crm) ?? []), step];
      maintained.set(crm, now);
      const named = now.flatMap((other) => (other.kind === 'maintenance' ? [other.components] : []));
      await crm.configure({ maintenance: named.includes('all') ? 'all' : named.length === 0 ? 'none' : named.flat() });
      crm.exporter.signal('SIGHUP');
    }
  }
}
