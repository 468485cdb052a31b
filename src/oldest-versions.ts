/** What the rules, the rendered configuration and the boards need at least of each program. */
export const oldestVersions = { Prometheus: '2.42', Alertmanager: '0.25', Grafana: '10.0' } as const;

/** Whether a version such as `v2.42.0-rc.1` is older than another one of two numbers, `2.42`; what is no version is not. */
export function isOlder(version: string, than: string): boolean {
  const [major = NaN, minor = NaN] = numbersOf(version);
  const [leastMajor = NaN, leastMinor = NaN] = numbersOf(than);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

function numbersOf(version: string): readonly number[] {
  return (/^v?(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
}
