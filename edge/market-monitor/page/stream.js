// The live stream and whether it lives: an event comes at least once a second, so silence means that the service is gone.
import { ofAccount } from "./account.js";

const SILENT_MS = 4_000;
const AGAIN_MS = 1_000;

/** `onChanges` gets each event; `onLine(live)` is called when the stream comes and goes. */
export function follow({ onChanges, onLine }) {
  let last = performance.now();
  let source;
  const open = () => {
    source?.close();
    source = new EventSource(ofAccount("/stream"));
    last = performance.now();
    source.onmessage = ({ data }) => {
      last = performance.now();
      onLine(true);
      onChanges(JSON.parse(data));
    };
    source.onerror = () => {
      onLine(false);
      // A refusal ends an EventSource for good; a lost line it mends itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
    };
  };
  open();
  setInterval(() => {
    if (performance.now() - last < SILENT_MS) return;
    onLine(false);
    open();
  }, AGAIN_MS);
}
