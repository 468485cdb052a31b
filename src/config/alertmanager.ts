import type { HttpSettings } from './connection.js';

/** `alertmanager`: whose silences are maintenance. */
export interface AlertmanagerConfig {
  /** Without credentials, query and final slash; paths such as `/api/v2/silences` are appended. */
  readonly url: string;
  /** The label `job` that Prometheus gives this AI-CRM; absent: silences that name a job are those of others. */
  readonly job?: string;
  readonly intervalSeconds: number;
  /** Of each request. */
  readonly timeoutSeconds: number;
  /** Credentials, headers and TLS. */
  readonly http: HttpSettings;
}
