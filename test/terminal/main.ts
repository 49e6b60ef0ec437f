// The command `node test/terminal/main.ts`: one simulated terminal. JSON lines on stdout, the last one is the summary;
// the same objects go to the parent process when there is a channel.
import { LockstepError } from "#proto/errors.ts";
import { HELP, parseOptions } from "./options.ts";
import { run } from "./run-io.ts";

/** Resolves when the parent has been handed the message: the channel may be closed then. */
function tell(value: object): Promise<void> {
  process.stdout.write(`${JSON.stringify(value)}\n`);
  return new Promise((resolve) => {
    if (process.send) process.send(value, () => resolve());
    else resolve();
  });
}

const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort());
process.once("SIGINT", () => stopping.abort());

try {
  const config = parseOptions(process.argv.slice(2), process.env);
  if (!config) process.stdout.write(HELP);
  else await tell(await run({ config, onProgress: tell, signal: stopping.signal }));
} catch (error) {
  if (!(error instanceof LockstepError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
