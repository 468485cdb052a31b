import type { HttpSettings } from '../../config/config.js';
import type { Cookies } from './cookies.js';

/** What an HTTP probe is aimed at. */
export interface HttpTarget {
  readonly url: string;
  readonly http: HttpSettings;
  /** Refuse every redirect to another origin, credentials or not: for targets that a client of `/probe` names. */
  readonly stayOnOrigin?: boolean;
  /** Sent, and kept from what is answered; absent: each probe begins without any. */
  readonly cookies?: Cookies | undefined;
}
