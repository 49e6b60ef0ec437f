// The state of the box at the top: trading, line, cloud, lease, journal; and the banner for what must not be overlooked.
import { byId, fillList, setText } from "./dom.js";
import { clock, dateTime, duration, grouped, words as plain, sentence } from "./format.js";
import { onChange, state } from "./store.js";

const TONE = { active: "good", reduce_only: "warn", halted: "bad", live: "good", syncing: "warn", down: "bad" };
const named = (text, tone) => ({ text, tone });

function cloudState(cloud) {
  if (!cloud) return named("works alone", "");
  const behind = `${grouped(cloud.lag_records)} records, ${duration(cloud.lag_s)} behind`;
  if (!cloud.connected) return named(`no line, ${behind}`, "bad");
  return cloud.lag_s > 5 ? named(behind, "warn") : named(`verified, ${duration(cloud.lag_s)} behind`, "good");
}

function leaseState({ lease, lease_required }, now_ms) {
  const left_s = lease ? (lease.expires_ms - now_ms) / 1000 : 0;
  if (left_s > 0) return named(`${duration(left_s)} left, by ${lease.issuer}`, left_s < 600 ? "warn" : "good");
  if (!lease_required) return named("not required", "");
  return named(lease ? `ended ${dateTime(lease.expires_ms)}` : "none: nothing is opened", "bad");
}

function configurationState(configuration) {
  // Of the settings file, or older than what is left of the journal.
  if (!configuration) return named("–", "");
  return named(`version ${configuration.version}, by ${configuration.operator}`, "");
}

function journalState({ seq, of, caught_up, problem }) {
  if (problem) return named("cannot be read", "bad");
  if (caught_up) return named(`record ${grouped(seq)}`, "");
  return named(`reading, ${of > 0 ? Math.floor((100 * seq) / of) : 0} %`, "warn");
}

export function startBoxBar(words) {
  let live = false;
  const banner = byId("banner");

  function states() {
    const { box, connector, head } = state;
    if (!box) return [];
    const trading = words.trading_state[box.trading_state] ?? "unknown";
    const line = words.link[box.link] ?? "unknown";
    return [
      ["Trading", named(plain(trading), TONE[trading] ?? "bad")],
      ["Terminal", named(line, TONE[line] ?? "bad")],
      ["Cloud", connector?.reachable === false ? named("unknown", "warn") : cloudState(connector?.cloud)],
      ["Lease", leaseState(box, head.time_ms)],
      ["Configuration", configurationState(box.configuration)],
      ["Journal", journalState(head)],
      ["Time, UTC", named(head.time_ms > 0 ? clock(head.time_ms) : "–", "")],
    ];
  }

  function bannerText() {
    const { box, connector, head } = state;
    if (!live) return "This page is not live: the monitor does not answer. What is shown is old.";
    if (head.problem) return `The journal cannot be read: ${head.problem}`;
    if (connector?.reachable === false)
      return `The connector does not answer (${connector.problem}). The journal shows its last state.`;
    if (connector?.trading_state === "failed") return "The box has failed: nothing is decided and no order leaves.";
    const trading = words.trading_state[box?.trading_state ?? 0];
    if (trading === "halted") return `Trading is halted.${byWhom(box.command)}`;
    if (trading === "reduce_only") return `Trading is reduce-only: nothing is opened.${byWhom(box.command)}`;
    return "";
  }

  const byWhom = (command) => {
    if (!command || command.command === words.commands.activate) return "";
    return ` By ${command.operator} at ${dateTime(command.time_ms)} UTC: ${command.reason}`;
  };

  function show() {
    const { box } = state;
    fillList(byId("states"), states());
    const text = bannerText();
    setText(banner, text);
    banner.hidden = text === "";
    if (!box) return;
    setText(byId("box"), box.edge_name || "unknown box");
    document.title = `${box.edge_name}: ${sentence(words.trading_state[box.trading_state] ?? "")} – Lockstep`;
    byId("release").hidden = words.trading_state[box.trading_state] === "active";
    byId("reduce").hidden = words.trading_state[box.trading_state] !== "active";
    byId("flatten").hidden = state.positions.length === 0;
    const digest = (hex) => hex.slice(0, 16) || "none yet";
    setText(
      byId("digests"),
      `Stream ${box.stream_id} · core ${digest(box.core_sha256)} · model ${digest(box.model_sha256)}${box.shadow_sha256 ? ` · shadow ${digest(box.shadow_sha256)}` : ""}`,
    );
  }

  onChange(["head"], show);
  show();
  return {
    onLine(now) {
      if (now === live) return;
      live = now;
      document.body.classList.toggle("stale", !live);
      show();
    },
  };
}
