/** What can give a container away from inside. */
export interface ContainerTraces {
  /** Whether Docker's `/.dockerenv` is there. */
  readonly dockerenv: boolean;
  /** Whether Podman's `/run/.containerenv` is there. */
  readonly containerenv: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of `/proc/1/cgroup`; absent where it cannot be read. */
  readonly cgroup?: string;
}

const runtimeWords = /docker|containerd|kubepods|libpod|crio|\blxc\b|\/ecs\/|garden|buildkit|systemd-nspawn/;

/** Whether this process runs in a container, by any of the traces. */
export function isContainer({ dockerenv, containerenv, environment, cgroup }: ContainerTraces): boolean {
  return (
    dockerenv ||
    containerenv ||
    Boolean(environment['container']) ||
    Boolean(environment['KUBERNETES_SERVICE_HOST']) ||
    runtimeWords.test(cgroup ?? '')
  );
}
