// Which accounts a box's data directory holds: the one in the directory itself, and those below accounts/. The connector
// writes whose each is into account.json (its account-directory-io.ts); a stream from before that has no name.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Saved = z.object({ account: z.string() });

export interface FoundAccount {
  /** `login@server`, "" while it is not known. */
  readonly account: string;
  readonly directory: string;
}

/** The directory itself is listed unless there are others and nothing in it. */
export function findAccounts(root: string): FoundAccount[] {
  const below = join(root, "accounts");
  const others = existsSync(below) ? readdirSync(below).sort() : [];
  const found = others.flatMap((name) => {
    const directory = join(below, name);
    const account = nameOf(directory);
    return account === "" ? [] : [{ account, directory }];
  });
  const account = nameOf(root);
  return account === "" && found.length > 0 ? found : [{ account, directory: root }, ...found];
}

function nameOf(directory: string): string {
  try {
    return Saved.parse(JSON.parse(readFileSync(join(directory, "account.json"), "utf8"))).account;
  } catch {
    // Not there yet, or half of it: the next look tells.
    return "";
  }
}
