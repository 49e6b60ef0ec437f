// npm run bundle -- FOLDER: the edge box as one folder, to be carried to a machine that has Node.js 24 and nothing else.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LockstepError } from "#proto/errors.ts";
import { bundleEdge } from "./start/bundle/edge.ts";

const HELP = `npm run bundle -- FOLDER     writes the edge box into FOLDER (new or empty): services, module, model, Expert Advisor,
                             npm packages (no compiled code), and edge/install with what installs it on Linux and Windows
  then, there: node box.ts --help`;

const [folder, ...more] = process.argv.slice(2);
try {
  if (folder === "--help" || folder === "-h") console.log(HELP);
  else if (folder === undefined || folder.startsWith("-") || more.length > 0)
    throw new LockstepError("bad_config", `give one folder\n${HELP}`);
  else {
    const out = resolve(folder);
    const { files, bytes, packages } = bundleEdge(fileURLToPath(new URL(".", import.meta.url)), out);
    console.log(`${out}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB, ${packages.length} packages inside`);
    console.log(`next: read ${out}/edge/install/README.md`);
  }
} catch (error) {
  if (!(error instanceof LockstepError)) throw error;
  console.error(error.message);
  process.exitCode = error.code === "bad_config" ? 2 : 1;
}
