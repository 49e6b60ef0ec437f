// Starts the page and keeps it at what is in force.
import { get } from "./ask.js";
import { byId, fillList, setText } from "./dom.js";
import { startDryRuns } from "./dry-run.js";
import { startEditor } from "./editor.js";
import { startHistory } from "./history.js";
import { startSecrets } from "./secrets.js";
import { startSigning } from "./sign.js";
import { startThemeSelect } from "./theme-select.js";

const LOOK_MS = 5_000;
const UNSIGNED = "0".repeat(64);
let current;
let checked;

const editor = startEditor({ onCheck });
const history = startHistory({
  onLoad(document, number) {
    editor.load(document);
    setText(byId("edited-from"), `version ${number} loaded: apply it to roll back`);
    byId("edit").focus();
  },
});
const signing = startSigning({
  async onApplied({ config_version, records, seq }) {
    await look({ reload: true });
    setText(byId("applied"), `Version ${config_version} is in force: ${records} records, up to ${seq}.`);
    byId("edit").focus();
  },
});
const secrets = startSecrets();
startDryRuns({ documentOf: () => checked.document });

function onCheck(found) {
  checked = found;
  const fine = found.problems.length === 0;
  const changes = fine && found.differences.length > 0;
  byId("apply").disabled = !changes || byId("banner").hidden === false;
  byId("dry-run").disabled = !changes;
  const signature = found.needs_signature ? "needs an operator's signature" : "only takes away: needs no signature";
  setText(byId("change-says"), !fine ? "Cannot be applied yet." : changes ? `This ${signature}.` : "No change yet.");
}

function show() {
  const { config_version, edge_name, change, document_sha256, symbols, operators, stream_id } = current;
  setText(byId("box"), edge_name);
  document.title = `${edge_name}: version ${config_version} – Lockstep configuration`;
  fillList(byId("states"), [
    ["In force", config_version === 0 ? "the settings file" : `version ${config_version}`],
    ["By", change ? `${change.operator}${change.public_key === UNSIGNED ? "" : ", signed"}` : "–"],
    ["Why", change?.reason ?? "–"],
    ["May sign", operators.map(({ name }) => name).join(", ") || "nobody"],
  ]);
  setText(byId("known-symbols"), symbols.join(", ") || "none yet");
  setText(byId("digests"), `Stream ${stream_id} · document ${document_sha256}`);
}

async function look({ reload }) {
  const banner = byId("banner");
  try {
    const { problem } = await get("/status");
    const before = current;
    current = await get("/current");
    banner.hidden = problem === null;
    setText(banner, problem ? `The connector does not answer: ${problem}. What is shown was heard last.` : "");
    const other =
      before?.document_sha256 !== current.document_sha256 || before?.config_version !== current.config_version;
    // With the connector gone or back, what can be done with the same edit is another.
    if (!other && !reload) return onCheck(checked);
    show();
    editor.setBase(current.document);
    await history.show(current.config_version);
    if (reload || before === undefined) {
      await editor.load(current.document);
      setText(
        byId("edited-from"),
        `from ${current.config_version === 0 ? "the settings file" : `version ${current.config_version}`}`,
      );
    } else await editor.check();
    document.body.dataset.ready = "1";
  } catch (error) {
    banner.hidden = false;
    setText(banner, `The configuration cannot be shown: ${error.message}`);
  }
}

byId("apply").addEventListener("click", () => {
  setText(byId("applied"), "");
  signing.open({ current, checked });
});
byId("reset").addEventListener("click", () => void look({ reload: true }));
startThemeSelect();

await look({ reload: true });
await secrets.show();
setInterval(() => void look({ reload: false }), LOOK_MS);
