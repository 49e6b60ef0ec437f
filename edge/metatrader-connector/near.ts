// Which addresses count as this machine: loopback, and networks that the settings name (a container's gateway). Everybody
// else is answered only as an EA over TLS.
import { BlockList, isIP } from "node:net";
import { LockstepError } from "#proto/errors.ts";

export type Near = (address: string | undefined) => boolean;

/** `networks`: as 172.17.0.0/16. Throws bad_config for one that is none. */
export function nearOf(networks: readonly string[]): Near {
  const list = new BlockList();
  list.addSubnet("127.0.0.0", 8, "ipv4");
  list.addAddress("::1", "ipv6");
  for (const network of networks) {
    const [address = "", bits = ""] = network.split("/");
    try {
      list.addSubnet(address, /^\d+$/.test(bits) ? Number(bits) : -1, familyOf(address));
    } catch (cause) {
      const message = `LOCKSTEP_LOCAL_NETWORKS: ${network} is no network, write 172.17.0.0/16`;
      throw new LockstepError("bad_config", message, { cause });
    }
  }
  return (address = "") => isIP(address) !== 0 && list.check(address, familyOf(address));
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** Refuses to listen where other machines can reach a socket that speaks in the clear. */
export function checkHost(o: { host: string; near: Near; networks: readonly string[]; tls: boolean }): void {
  if (o.tls || o.networks.length > 0 || o.host === "localhost" || o.near(o.host)) return;
  throw new LockstepError(
    "bad_config",
    `HOST=${o.host} lets other machines in: set LOCKSTEP_EA_TLS_CERT and LOCKSTEP_EA_TLS_KEY, or HOST=127.0.0.1`,
  );
}
