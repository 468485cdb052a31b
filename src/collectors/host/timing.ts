/** When the host's collectors run and how long they may take. */
export interface HostTiming {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly isLocal: true;
}
