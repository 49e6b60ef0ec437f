// A dry run: its progress, a way to end it, and its figures beside those of the journal.
import { get, post } from "./ask.js";
import { byId, fillTable, setText } from "./dom.js";

const LOOK_MS = 300;

const money = (micros) =>
  (Number(micros) / 1e6).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const ROWS = [
  ["Order intents", (f) => f.order_intents],
  ["Accepted", (f) => f.accepted],
  ["Refused", (f) => f.refused],
  ["Trades closed", (f) => f.trades],
  ["With a profit", (f) => f.winning_trades],
  ["Profit before costs", (f) => money(f.profit_micros)],
  ["Commission and swap", (f) => money(BigInt(f.commission_micros) + BigInt(f.swap_micros))],
  ["Net profit", (f) => money(f.net_micros)],
  ["Largest drawdown", (f) => money(f.drawdown_micros)],
];

function says(result) {
  const { same_decisions, now_refused, now_accepted, only_base, only_changed, net_change_micros, first } = result;
  const counts = `${same_decisions} decisions stay the same; ${now_refused} would be refused, ${now_accepted} accepted now; ${only_base} orders would not be wanted any more, ${only_changed} would be new. Net profit on paper changes by ${money(net_change_micros)}.`;
  return first
    ? `${counts} First difference: ${first.time.replace("T", " ")}, ${first.what}`
    : `Nothing would be different. ${counts}`;
}

export function startDryRuns({ documentOf }) {
  const button = byId("dry-run");
  const cancel = byId("dry-cancel");
  const progress = byId("dry-progress");
  const table = byId("dry-result");
  let id = "";

  function show(run) {
    const running = run.state === "running";
    progress.hidden = !running;
    cancel.hidden = !running;
    button.hidden = running;
    progress.value = run.percent;
    if (running) return setText(byId("dry-says"), "The journal is being decided again …");
    if (run.state === "canceled") return setText(byId("dry-says"), "Canceled.");
    if (run.state === "failed") return setText(byId("dry-says"), `No result: ${run.problem}`);
    const { recorded, base, changed } = run.result;
    const checks = [...new Set([base, changed].flatMap((f) => Object.keys(f.refused_by)))].sort();
    const rows = [
      ...ROWS,
      ...checks.map((name) => [`Refused by ${name.replaceAll("_", " ")}`, (f) => f.refused_by[name] ?? 0]),
    ];
    fillTable(table, {
      caption: "Recorded is what happened; unchanged and changed are both executed on paper",
      heads: ["Figure", "Recorded", "Unchanged", "Changed"],
      rows: rows.map(([name, of]) => [name, ...[recorded, base, changed].map((f) => String(of(f)))]),
    });
    table.hidden = false;
    setText(byId("dry-says"), says(run.result));
  }

  async function follow() {
    for (;;) {
      const run = await get(`/dry-runs/${id}`);
      show(run);
      if (run.state !== "running") return;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }

  async function run() {
    table.hidden = true;
    try {
      const started = await post("/dry-runs", {
        document: documentOf(),
        last_hours: byId("hours").valueAsNumber || 24,
      });
      id = started.id;
      show(started);
      await follow();
    } catch (error) {
      show({ state: "failed", percent: 0, problem: error.message });
    }
  }

  button.addEventListener("click", () => void run());
  cancel.addEventListener("click", () => void post(`/dry-runs/${id}/cancel`, {}));
}
