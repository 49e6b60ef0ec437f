// Signs in the browser with an operator's own key file (made by `npm run operator -- keygen`): the private key goes nowhere. The
// words under the signatures are those of proto/operator-command.ts and proto/configuration/message.ts.
const PEM = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/;
const ALGORITHM = { name: "Ed25519" };
export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
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
    throw new Error("This browser cannot use the key: sign on the command line (npm run operator, npm run config)", {
      cause,
    });
  }
}

/** Public key and signature over lines, in hex. */
async function signLines({ key }, lines) {
  const signature = await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(`${lines.join("\n")}\n`));
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const public_key = hex(bytesOf(x.replaceAll("-", "+").replaceAll("_", "/")));
  return { public_key, signature: hex(new Uint8Array(signature)) };
}

/** For POST /command. */
export const signCommand = (owner, { command, reason, command_id, stream_id }) =>
  signLines(owner, [
    `lockstep operator command 1: ${command}`,
    `stream ${stream_id}`,
    `id ${command_id}`,
    `operator ${owner.name}`,
    `reason ${reason}`,
  ]);

/** For POST /versions. */
export const signConfiguration = (owner, { stream_id, config_version, document_sha256, previous_sha256, reason }) =>
  signLines(owner, [
    "lockstep configuration 1",
    `stream ${stream_id}`,
    `version ${config_version}`,
    `document ${document_sha256}`,
    `instead of ${previous_sha256}`,
    `operator ${owner.name}`,
    `reason ${reason}`,
  ]);
