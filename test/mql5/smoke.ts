import { mkdtempSync } from "node:fs";
import { Ea } from "./ea-process.ts";
import { StubServer } from "./stub-server.ts";
const s = await StubServer.listen();
const ea = await Ea.start({ port: s.port, files: mkdtempSync("/tmp/ea-") });
const now = Date.now() + 10800_000;
ea.tell(`tick EURUSD ${now} 1.1 1.10009 6`, `tick XAUUSD ${now} 2000 2000.24 6`);
console.log("started");
try {
  const v = await ea.until("live", (v) => v.state === 4);
  console.log(v.panel, v.log);
  ea.tell(`tick EURUSD ${now + 1} 1.1 1.1001 4`);
  await s.until("tick", () => s.stub.ticks.length >= 3);
  console.log(s.stub.ticks);
  const id = s.command();
  await s.until("result", () => s.results(id).some((r) => r.final === 1));
  console.log(s.acks(id), s.results(id), (await ea.view()).positions, (await ea.view()).sends, s.stub.deals);
} finally {
  console.log("exit", await ea.stop(), ea.stderr);
  await s.close();
}
