// Signs a release in the browser with the operator's own key file (made by `npm run operator -- keygen`): the private key
// goes nowhere. The words under the signature are those of proto/operator-command.ts.
const PEM = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/;
const ALGORITHM = { name: "Ed25519" };
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/** { name, key } of a key file; throws with what to do. */
export async function readKeyFile(file) {
  let name = "";
  let der;
  try {
    const { name: owner, private_key } = JSON.parse(await file.text());
    name = owner;
    der = bytesOf(PEM.exec(private_key)[1].replace(/\s/g, ""));
  } catch {
    throw new Error(`${file.name} is no operator's key file: make one with npm run operator -- keygen`);
  }
  try {
    return { name, key: await crypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]) };
  } catch (cause) {
    throw new Error("This browser cannot use the key: release with npm run operator -- activate", { cause });
  }
}

/** Public key and signature for POST /command, in hex. */
export async function signCommand({ name, key }, { command, reason, command_id, stream_id }) {
  const words = [
    `lockstep operator command 1: ${command}`,
    `stream ${stream_id}`,
    `id ${command_id}`,
    `operator ${name}`,
    `reason ${reason}\n`,
  ];
  const signature = await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(words.join("\n")));
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const public_key = hex(bytesOf(x.replaceAll("-", "+").replaceAll("_", "/")));
  return { public_key, signature: hex(new Uint8Array(signature)) };
}
