// Shows the edges, the last predictions and decisions, and refreshes them every two seconds while the page is seen.
const REFRESH_MS = 2000;
const byId = (id) => document.getElementById(id);
const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, " ");
const percent = (p) => (p === null ? "–" : `${(100 * p).toFixed(1)} %`);
const clock = (iso) => iso.slice(0, 19).replace("T", " ");

function cell(tag, content) {
  const element = document.createElement(tag);
  const { text, tone } = typeof content === "object" ? content : { text: content, tone: "" };
  element.textContent = text;
  if (tone) element.className = tone;
  return element;
}

function fill(table, heads, rows) {
  const line = (tag, cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((content) => cell(tag, content)));
    return row;
  };
  table.replaceChildren(line("th", heads), ...rows.map((cells) => line("td", cells)));
  table.hidden = false;
}

async function get(path) {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error?.message ?? `HTTP ${answer.status}`);
  return body;
}

const verification = (v) => {
  if (!v) return { text: "unknown: trading-engine is away", tone: "bad" };
  if (v.divergences > 0 || v.state === "halted") return { text: `${v.state}: ${v.reason}`, tone: "bad" };
  const behind = v.lag_messages > 0 ? `, ${v.lag_messages} messages behind` : "";
  return { text: `${v.state} to ${grouped(v.verified_seq)}${behind}`, tone: v.state === "following" ? "good" : "" };
};

const tone = (text, good) => ({ text, tone: text === good ? "good" : "bad" });

async function refresh() {
  try {
    const [edges, predictions, decisions] = await Promise.all([
      get("/v1/edges"),
      get("/v1/predictions/latest"),
      get("/v1/decisions?limit=10"),
    ]);
    byId("state").textContent = edges.length === 0 ? "No edge has sent its journal yet." : "";
    fill(
      byId("edges"),
      ["Edge", "Line", "Trading", "Verified records", "In databases", "Last record (UTC)", "Symbols"],
      edges.map((e) => [
        e.name,
        tone(e.link_state, "live"),
        tone(e.trading_state, "active"),
        verification(e.verification),
        grouped(e.projected_seq),
        clock(e.last_seen_at),
        e.symbols.map(({ name }) => name).join(", "),
      ]),
    );
    fill(
      byId("predictions"),
      ["Symbol", "Timeframe", "Bar (UTC)", "Up", "High volatility", "Regime"],
      predictions.map((p) => [
        p.symbol,
        p.timeframe,
        clock(p.bar_time),
        percent(p.probability_up),
        percent(p.probability_high_volatility),
        p.warm ? p.regime : "warming up",
      ]),
    );
    fill(
      byId("decisions"),
      ["Time (UTC)", "Symbol", "Intent", "Lots", "Price", "Verdict", "Order"],
      decisions.items.map((d) => [
        clock(d.time),
        d.symbol,
        `${d.action} ${d.side}`,
        d.volume_lots,
        d.price.price,
        d.verdict?.accepted
          ? { text: "accepted", tone: "good" }
          : {
              text: `refused: ${(d.verdict?.checks ?? [])
                .filter(({ result }) => result !== "pass")
                .map(({ name }) => name)
                .join(", ")}`,
              tone: "",
            },
        d.order.state,
      ]),
    );
  } catch (error) {
    byId("state").textContent = error.message;
  }
}

for (;;) {
  if (!document.hidden) await refresh();
  await new Promise((done) => setTimeout(done, REFRESH_MS));
}
