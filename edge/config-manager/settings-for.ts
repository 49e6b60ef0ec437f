// What of a configuration a service reads, in the words of its environment.
import type { ConfigurationDocument } from "#proto/configuration/document.ts";
import type { SecretService } from "#proto/services/config-manager.ts";

/** `{NAME}` in the address of a source stands for the secret NAME of data-collector, so that no key lies in a document. */
const PLACEHOLDER = /\{([A-Z][A-Z0-9_]{1,63})\}|%7B([A-Z][A-Z0-9_]{1,63})%7D/gi;

export function settingsFor(
  service: SecretService,
  document: Pick<ConfigurationDocument, "monitor" | "sources">,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const { monitor, sources } = document;
  if (service === "market-monitor" && monitor !== null)
    return {
      ...secrets,
      MONITOR_PAIRS: monitor.pairs.join(","),
      ALERT_THRESHOLDS: JSON.stringify(monitor.thresholds),
      ALERT_SEND_FROM: monitor.send_from,
      ALERT_MESSAGES_AN_HOUR: String(monitor.messages_an_hour),
    };
  if (service === "data-collector" && sources !== null) {
    const filled = sources.map((source) => ({ ...source, url: withSecrets(source.url, secrets) }));
    return { DATA_SOURCES: JSON.stringify(filled) };
  }
  return { ...secrets };
}

const withSecrets = (url: string, secrets: Readonly<Record<string, string>>): string =>
  url.replace(PLACEHOLDER, (whole, plain?: string, escaped?: string) => {
    const value = secrets[plain ?? escaped ?? ""];
    return value === undefined ? whole : encodeURIComponent(value);
  });
