import type { Fault, ServiceName } from '../../simulator/faults.js';

/** One action on the stack, in shipped seconds from the begin of the drill. */
export type Step = Span & (CrmStep | SharedStep);

/** A step without a length begins and ends at the same time. */
export interface Span {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** A step for one AI-CRM or its exporter. */
export type CrmStep = { readonly crm: number } & (
  | { readonly kind: 'fault'; readonly service: ServiceName; readonly fault: Fault }
  | {
      readonly kind: 'maintenance';
      readonly by: 'command' | 'configuration';
      readonly components: readonly ServiceName[] | 'all';
    }
  | { readonly kind: 'exporter killed' }
  /** The exporter neither answers nor probes, as on a suspended machine or behind a broken network. */
  | { readonly kind: 'exporter stopped' }
  | { readonly kind: 'reload' }
);

/** A step for the programs that all AI-CRMs share. */
export interface SharedStep {
  readonly kind: 'Prometheus killed' | 'Alertmanager killed';
}

/** A step in words: `ai-crm-2: postgres refuse, 120–310 s`. */
export function stepWords(step: Step): string {
  const span = `${step.fromSeconds}–${step.toSeconds} s`;
  if (!('crm' in step)) return `${step.kind}, ${span}`;
  return `${jobOf(step.crm)}: ${whatOf(step)}, ${span}`;
}

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
