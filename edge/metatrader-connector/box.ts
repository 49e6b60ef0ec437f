// The accounts of one process, each a stream of its own: its journal, its place in the one instance of the core, its orders.
// What stops one stream (it cannot be decided again, its journal is damaged) stops that one alone; what is wrong with the
// settings or the disk of any stops the start.
import { CoreInstance } from "#core-wasm/host/instance.ts";
import { type Log, withFields } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import type { Clock, Random } from "#proto/world.ts";
import type { ConnectorConfig } from "./accounts.ts";
import type { EdgeConfig } from "./config.ts";
import { Edge, type EdgeParts } from "./edge.ts";
import { openEdgeStorage, openModels } from "./edge-storage-io.ts";
import { restoreWhenReplacing } from "./restore-io.ts";

/** One account's stream, running or halted. */
export interface AccountStream {
  /** `login@server`. */
  readonly account: string;
  readonly config: EdgeConfig;
  readonly journalDirectory: string;
  readonly edge: Edge | undefined;
  /** Why it is not running. */
  readonly halt: LockstepError | undefined;
}

interface BoxParts {
  readonly config: ConnectorConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class Box {
  readonly streams: readonly AccountStream[];

  private constructor(streams: readonly AccountStream[]) {
    this.streams = streams;
  }

  static async open(parts: BoxParts): Promise<Box> {
    const { accounts } = parts.config;
    const cores = await CoreInstance.load();
    const models = openModels(parts.config.LOCKSTEP_EDGE_DATA);
    const streams: AccountStream[] = [];
    try {
      for (const config of accounts) {
        await restoreWhenReplacing({ config, alone: accounts.length === 1, log: parts.log });
        const storage = openEdgeStorage({ config, alone: accounts.length === 1, models, random: parts.random });
        const log = accounts.length === 1 ? parts.log : withFields(parts.log, { account: config.account });
        const { account } = config;
        const { journalDirectory } = storage;
        const opened = await openEdge({ ...parts, config, log, storage, cores });
        streams.push({ account, config, journalDirectory, ...opened });
      }
    } catch (error) {
      await new Box(streams).close();
      throw error;
    }
    return new Box(streams);
  }

  /** Those that run. */
  get edges(): Edge[] {
    return this.streams.flatMap(({ edge }) => edge ?? []);
  }

  /** The stream of an account; without a name the only one. Throws bad_request or not_found. */
  stream(account: string | undefined): AccountStream {
    const [first] = this.streams;
    const names = this.streams.map((stream) => stream.account).join(", ");
    if (account === undefined && this.streams.length > 1)
      throw new LockstepError("bad_request", `this box has several accounts: say which one, account=${names}`);
    const found = account === undefined ? first : this.streams.find((stream) => stream.account === account);
    if (found) return found;
    throw new LockstepError("not_found", `${account} is no account of this box (${names})`);
  }

  /** What keeps accounts from trading; empty = healthy. */
  missing(): string[] {
    return this.streams.flatMap(({ account, edge, halt }) => {
      const missing = edge ? edge.missing() : [`halted: ${halt?.code}: ${halt?.message}`];
      return this.streams.length === 1 ? missing : missing.map((text) => `${account}: ${text}`);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.edges.map((edge) => edge.close()));
  }
}

/** The edge of a stream that is running; throws unavailable while it is halted. */
export function runningEdge({ account, edge, halt }: AccountStream): Edge {
  if (edge) return edge;
  throw new LockstepError("unavailable", `${account} is halted: ${halt?.message}`);
}

async function openEdge(parts: EdgeParts): Promise<Pick<AccountStream, "edge" | "halt">> {
  try {
    return { edge: await Edge.open(parts), halt: undefined };
  } catch (error) {
    if (!Edge.isHalt(error)) throw error;
    const superseded = error.code === "superseded";
    const what = superseded ? "another box has it" : "the stream cannot be decided again; run verify and restore it";
    parts.log.error(`HALTED: ${what}`, { error });
    return { edge: undefined, halt: error };
  }
}
