// Starts the page: words once, then the stream; each part of the page draws what is its own.

import { startAccounts } from "./account.js";
import { startAlerts } from "./alerts.js";
import { showAccount, showBook, showNews } from "./book.js";
import { startBoxBar } from "./box-bar.js";
import { startCommands } from "./command.js";
import { startDecisions } from "./decisions.js";
import { startMarket } from "./market.js";
import { startPredictions } from "./prediction.js";
import { apply, onChange, state } from "./store.js";
import { follow } from "./stream.js";
import { startThemeSelect } from "./theme-select.js";

const words = await (await fetch("/words")).json();

startAccounts();
const bar = startBoxBar(words);
const selection = startMarket(words);
startPredictions(words, selection);
startDecisions(words);
startAlerts();
startCommands();
onChange(["positions", "orders", "fills", "symbols"], () => showBook(words));
onChange(["box"], () => showAccount());
onChange(["news"], () => showNews());

startThemeSelect(() => selection.recolour());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => selection.recolour());

follow({
  onLine: (live) => bar.onLine(live),
  onChanges: (changes) => {
    apply(changes);
    if (!document.body.dataset.ready && state.head) document.body.dataset.ready = String(Math.round(performance.now()));
  },
});
