/** Loopback, and devices that the kernel makes by itself: tunnels without a peer, dummies, what macOS keeps for itself. */
const numbered =
  /^(?:lo|ifb|dummy|sit|tunl|ip6tnl|ip_vti|ip6_vti|gre|gretap|ip6gre|erspan|utun|awdl|llw|gif|stf|anpi)\d*$/;

/** The host's ends of containers and virtual machines, and the bridges between them: their bytes are counted elsewhere too. */
const prefixed =
  /^(?:veth|docker|podman|br-|virbr|vnet|tap|lxc|lxdbr|cni|cali|cilium_|flannel|weave|vxlan|kube-|nodelocaldns|loopback)/i;

/** Of these devices the ones to report: exactly `names`, or without them every one but loopback and virtual ones. */
export function selectDevices<D extends { readonly device: string }>(
  devices: readonly D[],
  names?: readonly string[],
): readonly D[] {
  return devices.filter(({ device }) =>
    names === undefined ? !numbered.test(device) && !prefixed.test(device) : names.includes(device),
  );
}
