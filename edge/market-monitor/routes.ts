// What the page asks for. Only pages of this very address are answered: another site's page, or a name that was made to
// point here, must neither read an account nor stop it.
import { type Context, Hono } from "hono";
import { z } from "zod";
import { refuseStrangers } from "#mesh/service/pages.ts";
import { LockstepError } from "#proto/errors.ts";
import { TIMEFRAME_S } from "#proto/services/api-gateway.ts";
import { Command } from "#proto/services/metatrader-connector.ts";
import type { Accounts } from "./accounts.ts";
import { type Monitor, WORDS } from "./monitor.ts";
import { monitorPage } from "./pages-io.ts";
import type { WatchedAccount } from "./watched-account.ts";

const Chart = z.strictObject({
  account: z.string().optional(),
  symbol: z.string().min(1).max(16),
  timeframe_s: z.coerce
    .number()
    .refine((s) => Object.values(TIMEFRAME_S).includes(s), `one of ${Object.values(TIMEFRAME_S).join(", ")}`),
});

/** `box`: the name of the box that the person means, so that no command reaches another one. */
const PageCommand = Command.extend({ box: z.string() });
type CommandBody = z.output<typeof Command>;

export interface RouteParts {
  readonly accounts: Accounts;
  readonly sendCommand: (command: CommandBody) => Promise<unknown>;
}

/** Each asks for one account, `account=`; without it for the first. */
export function makeRoutes({ accounts, sendCommand }: RouteParts): Hono {
  const routes = new Hono();
  const asked = (c: Context): WatchedAccount => accounts.of(c.req.query("account"));
  routes.use(async (c, next) => {
    refuseStrangers(c);
    await next();
  });
  routes.get("/words", (c) => c.json({ ...WORDS, pairs: accounts.of(undefined).monitor.pairs }));
  routes.get("/accounts", (c) => c.json({ accounts: accounts.all.map((one) => one.summary()) }));
  routes.get("/state", (c) => c.json(asked(c).monitor.changesSince(0)));
  routes.get("/stream", (c) =>
    c.body(asked(c).streams.open(), 200, { "content-type": "text/event-stream", "x-accel-buffering": "no" }),
  );
  routes.get("/chart", (c) => c.json(chart(asked(c).monitor, Chart.parse(c.req.query()))));
  routes.post("/command", async (c) => {
    if (!c.req.header("content-type")?.startsWith("application/json"))
      throw new LockstepError("bad_request", "send application/json");
    const { box, ...command } = PageCommand.parse(await c.req.json().catch(() => undefined));
    const { account, monitor } = accounts.of(command.account);
    const name = monitor.view.box.value.edge_name;
    if (box !== name)
      throw new LockstepError("refused", `this is the box ${name || "(unknown)"}, not ${box}: look again`);
    return c.json(await sendCommand(account === "" ? command : { ...command, account }));
  });
  return routes.route("/", monitorPage());
}

function chart(monitor: Monitor, { symbol: name, timeframe_s }: z.output<typeof Chart>): unknown {
  const symbol = monitor.monitored().find((s) => s.name === name);
  if (!symbol)
    throw new LockstepError(
      "not_found",
      `${name} is not in this stream, or not among MONITOR_PAIRS (${monitor.pairs})`,
    );
  const predictions = symbol.predictions.values().filter((p) => p.timeframe_s === timeframe_s);
  return {
    version: monitor.view.version,
    symbol: symbol.index,
    timeframe_s,
    bars: symbol.bars.get(timeframe_s)?.all() ?? [],
    ticks: symbol.ticks.since(0, TICKS_SHOWN),
    predictions: predictions
      .map(({ bar_time_s, warm, shares }) => ({ bar_time_s, warm, shares }))
      .sort((a, b) => a.bar_time_s - b.bar_time_s),
  };
}
const TICKS_SHOWN = 2_000;
