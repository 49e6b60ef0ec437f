// Positions, open orders, deals, the account and the news.
import { byId, fillList, fillTable, make } from "./dom.js";
import { clock, lots, money, words as plain, price, priceOrNone, shortTime } from "./format.js";
import { state, symbolOf } from "./store.js";

const SIDES = ["buy", "sell"];
const ENTRIES = ["in", "out", "in, out", "out by"];
const tone = (amount) => (amount > 0 ? "good number" : amount < 0 ? "bad number" : "number");
const number = (text) => ({ text, tone: "number" });

export function showBook(words) {
  const currency = state.box?.account?.currency ?? "";
  fillTable(byId("positions"), {
    caption: "Open positions, as the broker last reported them",
    heads: ["Symbol", "Side", "Lots", "Open", "Stop", "Target", `Profit${currency && `, ${currency}`}`, "Since"],
    empty: "No open position.",
    rows: state.positions.map((p) => {
      const { name, digits } = symbolOf(p.symbol);
      return [
        name,
        SIDES[p.side],
        number(lots(p.volume_microlots)),
        number(price(p.open_price_points, digits)),
        number(priceOrNone(p.stop_points, digits)),
        number(priceOrNone(p.target_points, digits)),
        { text: money(p.profit_micros), tone: tone(p.profit_micros) },
        shortTime(p.broker_time_ms, state.head.time_ms),
      ];
    }),
  });
  fillTable(byId("orders"), {
    caption: "Orders on the way",
    heads: ["Symbol", "Order", "Lots", "Price", "State", "Filled", "Expires"],
    empty: "No order on the way.",
    rows: state.orders.map((o) => {
      const { name, digits } = symbolOf(o.symbol);
      const stateName = words.order_state[o.order.state] ?? "unknown";
      return [
        name,
        `${o.action === 1 ? "open" : "close"} ${SIDES[o.side]}`,
        number(lots(o.volume_microlots)),
        number(price(o.price_points, digits)),
        { text: plain(stateName), tone: stateName === "unknown" ? "bad" : "" },
        number(lots(o.order.filled_microlots)),
        clock(o.expires_ms),
      ];
    }),
  });
  const fills = [...state.fills.values()].sort((a, b) => b.seq - a.seq).slice(0, 12);
  fillTable(byId("fills"), {
    caption: "The newest deals",
    heads: ["Time", "Deal", "Price", "Profit"],
    empty: "No deal yet.",
    rows: fills.map((f) => {
      const { name, digits } = symbolOf(f.symbol);
      const net = f.profit_micros + f.costs_micros;
      return [
        shortTime(f.time_ms, state.head.time_ms),
        `${name} ${SIDES[f.side]} ${lots(f.volume_microlots)} ${ENTRIES[f.entry]}`,
        number(price(f.price_points, digits)),
        f.entry === 0 ? number("–") : { text: money(net), tone: tone(net) },
      ];
    }),
  });
}

export function showAccount() {
  const account = state.box?.account;
  if (!account) return fillList(byId("account"), [["Account", { text: "not reported yet", tone: "soft" }]]);
  const { currency, balance_micros, equity_micros, margin_micros, margin_free_micros, profit_micros } = account;
  const level = margin_micros > 0 ? `${((100 * equity_micros) / margin_micros).toFixed(0)} %` : "–";
  fillList(byId("account"), [
    ["Login", `${account.login} (${["demo", "contest", "real"][account.trade_mode]})`],
    ["Balance", money(balance_micros, currency)],
    ["Equity", money(equity_micros, currency)],
    ["Floating", { text: money(profit_micros, currency), tone: tone(profit_micros).replace(" number", "") }],
    ["Free margin", money(margin_free_micros, currency)],
    ["Margin level", level],
  ]);
}

/** Titles link to their source only when the person follows them; nothing is fetched from it. */
export function showNews() {
  const items = [...state.news.values()].sort((a, b) => b.at_ms - a.at_ms);
  byId("news-panel").hidden = items.length === 0;
  byId("news").replaceChildren(
    ...items.map(({ title, link, source, at_ms }) => {
      const text = link
        ? make("a", { href: link, textContent: title, target: "_blank", rel: "noopener noreferrer" })
        : make("span", { textContent: title });
      const when = `${source}, ${shortTime(at_ms, Date.now())}`;
      return make("li", {}, text, make("div", { className: "soft small", textContent: when }));
    }),
  );
}
