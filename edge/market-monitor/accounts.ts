// The accounts of the box, found in its data directory as they appear, by name and in their order.
import { LockstepError } from "#proto/errors.ts";
import type { FoundAccount } from "./find-accounts-io.ts";
import type { WatchedAccount } from "./watched-account.ts";

export class Accounts {
  readonly #byDirectory = new Map<string, WatchedAccount>();
  readonly #watch: (directory: string) => WatchedAccount;

  /** `watch` begins to watch the stream of a directory. */
  constructor(watch: (directory: string) => WatchedAccount) {
    this.#watch = watch;
  }

  get all(): WatchedAccount[] {
    return [...this.#byDirectory.values()];
  }

  onFound(found: readonly FoundAccount[]): void {
    for (const { account, directory } of found) {
      const known = this.#byDirectory.get(directory);
      const watched = known ?? this.#watch(directory);
      if (!known) this.#byDirectory.set(directory, watched);
      if (account !== "") watched.account = account;
    }
  }

  /** Without a name the first. Throws not_found. */
  of(account: string | undefined): WatchedAccount {
    const found =
      account === undefined || account === "" ? this.all[0] : this.all.find((one) => one.account === account);
    if (found) return found;
    throw new LockstepError("not_found", `${account ?? "an account"} is not on this box: reload the page`);
  }
}
