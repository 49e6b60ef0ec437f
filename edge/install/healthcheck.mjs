// node healthcheck.mjs PORT: 0 when the service on this machine says that nothing is missing, else 1 and what it said.
import { get } from "node:http";

const fail = (why) => {
  console.error(why);
  process.exit(1);
};

get({ host: "127.0.0.1", port: Number(process.argv[2]), path: "/healthz", timeout: 4_000 }, async (response) => {
  let text = "";
  for await (const part of response) text += part;
  if (response.statusCode !== 200) fail(text);
})
  .on("timeout", () => fail("no answer within 4 s"))
  .on("error", ({ message }) => fail(message));
