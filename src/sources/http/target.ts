import type { HttpSettings } from '../../config/config.js';

/** What an HTTP probe is aimed at. */
export interface HttpTarget {
  readonly url: string;
  readonly http: HttpSettings;
  /** Refuse every redirect to another origin, credentials or not: for targets that a client of `/probe` names. */
  readonly stayOnOrigin?: boolean;
}
