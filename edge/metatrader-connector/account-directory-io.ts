// Which directory is whose: one account's stream lies in the data directory itself, or in accounts/<login>@<server> of it.
// The account stands in a file beside the journal, so that no order of settings can ever mix two accounts' streams.
//   <data>/account.json, journal/, identity.json     the account that was there first, alone
//   <data>/accounts/1@Demo/account.json, journal/, identity.json     each other one
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "#mesh/world/whole-file.ts";
import { LockstepError } from "#proto/errors.ts";

const NAME = "account.json";
const Saved = z.strictObject({ account: z.string() });

/** Characters that every file system takes. */
const folderOf = (account: string): string => account.replace(/[^A-Za-z0-9@._-]/g, "_");

function ownerOf(directory: string): string | undefined {
  const path = join(directory, NAME);
  if (!existsSync(path)) return undefined;
  try {
    return Saved.parse(JSON.parse(readFileSync(path, "utf8"))).account;
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} is damaged: write {"account": "login@server"} of its stream`, {
      cause,
    });
  }
}

const hasJournal = (directory: string): boolean => {
  const journal = join(directory, "journal");
  return existsSync(journal) && readdirSync(journal).some((name) => name.endsWith(".journal"));
};

/** Where the stream of `account` lies or will lie. */
export function directoryOf(o: { root: string; account: string; alone: boolean }): string {
  const own = join(o.root, "accounts", folderOf(o.account));
  const rootOwner = ownerOf(o.root);
  if (rootOwner === o.account) return o.root;
  if (existsSync(own)) return own;
  if (rootOwner !== undefined) return own;
  if (o.alone) return o.root;
  // From before a stream told whose it is: it may be this account's.
  if (hasJournal(o.root))
    throw new LockstepError(
      "bad_config",
      `${o.root} holds a journal that does not say whose it is: start once with its account alone, then with all`,
    );
  return own;
}

/** Writes down whose the directory is. Throws bad_config when it is another account's. */
export function claimDirectory(directory: string, account: string): void {
  const owner = ownerOf(directory);
  if (owner === account) return;
  if (owner !== undefined)
    throw new LockstepError("bad_config", `${directory} holds the stream of ${owner}, not of ${account}`);
  writeWhole(directory, NAME, `${JSON.stringify({ account })}\n`);
}
