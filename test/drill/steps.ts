import type { Fault, ServiceName } from '../../simulator/faults.js';

/** One thing that is done to the stack, by shipped seconds from the beginning of the drill. */
export type Step = Span & (CrmStep | SharedStep);

/** From when to when; a step without length has both the same. */
export interface Span {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** What befalls one AI-CRM, or the exporter that watches it. */
export type CrmStep = { readonly crm: number } & (
  | { readonly kind: 'fault'; readonly service: ServiceName; readonly fault: Fault }
  | {
      readonly kind: 'maintenance';
      readonly by: 'command' | 'configuration';
      readonly components: readonly ServiceName[] | 'all';
    }
  | { readonly kind: 'exporter killed' }
  /** It neither answers nor probes: a machine that is suspended, a network that is cut. */
  | { readonly kind: 'exporter stopped' }
  | { readonly kind: 'reload' }
);

/** What befalls the programs that all AI-CRMs share. */
export interface SharedStep {
  readonly kind: 'Prometheus killed' | 'Alertmanager killed';
}

/** A step in words: `ai-crm-2: postgres refuse, 120–310 s`. */
export function stepWords(step: Step): string {
  const span = `${step.fromSeconds}–${step.toSeconds} s`;
  if (!('crm' in step)) return `${step.kind}, ${span}`;
  return `${jobOf(step.crm)}: ${whatOf(step)}, ${span}`;
}

/** The job of an AI-CRM. */
export function jobOf(crm: number): string {
  return crm === 0 ? 'ai-crm' : `ai-crm-${crm + 1}`;
}

function whatOf(step: CrmStep): string {
  switch (step.kind) {
    case 'fault':
      return `${step.service} ${step.fault.kind}${'seconds' in step.fault ? `:${step.fault.seconds}` : ''}`;
    case 'maintenance':
      return `maintenance of ${step.components === 'all' ? 'all' : step.components.join(', ')} by ${step.by}`;
    default:
      return step.kind;
  }
}
