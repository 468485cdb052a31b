import { isMaintenanceOf } from '../sources/alertmanager/maintenance.js';
import type { Silence } from '../sources/alertmanager/silence.js';

/**
 * The silences that Alertmanager told last. They outlive a reload, and an Alertmanager that does not answer: each counts until
 * its own end.
 */
export class CurrentSilences {
  #silences: readonly Silence[] = [];
  #job: string | undefined;

  /** Takes the place of all that were known. `job` is the label that Prometheus gives this AI-CRM. */
  replace(silences: readonly Silence[], job: string | undefined): void {
    this.#silences = silences;
    this.#job = job;
  }

  /** Whether one of them takes the component, or with null everything, out of the alerting now. */
  isActive(component: string | null, nowSeconds: number): boolean {
    return this.#silences.some(
      (silence) =>
        silence.startsAtSeconds <= nowSeconds &&
        nowSeconds < silence.endsAtSeconds &&
        isMaintenanceOf(silence, component, this.#job),
    );
  }
}
