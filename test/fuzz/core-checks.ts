// What must hold for the outputs that one input caused, whatever it was; and the counters of what was reached. Reads the
// outbox in place, at the offsets of the declarations.
import { Alert, HEADER_OFFSET, OrderIntent, RiskVerdict, StateChange } from "#proto/generated/records.ts";
import { kindCode, layoutOf, type PlacedField } from "#proto/layout.ts";
import { REASONS } from "#proto/reasons.ts";
import { recordLength } from "#proto/record.ts";
import { ALERT, CHECK_RESULT, KINDS, SOURCE, TRADING_STATE } from "#proto/records.ts";
import type { CoreInstance } from "./core-instance.ts";
import { Finding } from "./target.ts";

interface OutputShape {
  readonly name: string;
  readonly causeAt: number;
  readonly floats: readonly number[];
  readonly countAt: number;
  readonly groupAt: number;
  readonly groupBytes: number;
  readonly groupFloats: readonly number[];
}

const floatsOf = (fields: readonly PlacedField[]): number[] =>
  fields.filter((field) => field.type === "f64").map((field) => field.offset);

const OUTPUTS = KINDS.filter((kind) => kind.number >= 100 && kind.number < 200);
const SHAPES = new Map<number, OutputShape>(
  OUTPUTS.map((kind) => {
    const { fields, fixedBytes, groupFields, groupBytes } = layoutOf(kind);
    const at = (name: string | undefined): number => fields.find((field) => field.name === name)?.offset ?? 0;
    const shape = {
      name: kind.name,
      causeAt: at("cause_seq"),
      floats: floatsOf(fields),
      countAt: at(kind.group?.count),
    };
    return [kindCode(kind), { ...shape, groupAt: fixedBytes, groupBytes, groupFloats: floatsOf(groupFields) }];
  }),
);
const CHECK = Object.fromEntries(
  layoutOf(KINDS.find((kind) => kind.name === "risk_verdict") as (typeof KINDS)[number]).groupFields.map((field) => [
    field.name,
    field.offset,
  ]),
) as Readonly<Record<"code" | "result" | "headroom", number>>;
const RESULTS = Object.keys(CHECK_RESULT);
const STATES = Object.keys(TRADING_STATE);

/** How often each thing that a stream can cause was seen. */
export class Reach {
  readonly #counts = new Map<string, number>();
  /** By code and result, apart from the map: thirty of each verdict would make thirty names. */
  readonly checks = new Float64Array(REASONS.length * RESULTS.length);

  constructor(names: readonly string[]) {
    for (const name of names) this.#counts.set(name, 0);
  }

  see(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  entries(): [string, number][] {
    const checks = REASONS.flatMap(({ name }, i) =>
      RESULTS.map((result, r): [string, number] => [
        `check ${name} ${result}`,
        this.checks[i * RESULTS.length + r] ?? 0,
      ]),
    );
    return [...this.#counts, ...checks];
  }
}

/** All that the declarations say can come out. */
export const DECLARED: readonly string[] = [
  ...OUTPUTS.map((kind) => `output ${kind.name}`),
  ...Object.keys(ALERT).map((name) => `alert ${name}`),
  ...STATES.flatMap((from) => STATES.filter((to) => to !== from).map((to) => `state ${from} -> ${to}`)),
];

const OUTPUT_NAMES = new Map([...SHAPES].map(([code, { name }]) => [code, `output ${name}`]));
const ALERT_NAMES = new Map(Object.entries(ALERT).map(([name, code]): [number, string] => [code, `alert ${name}`]));
const STATE_NAMES = STATES.map((from) => STATES.map((to) => `state ${from} -> ${to}`));

function refuse(what: string): never {
  throw new Finding(what);
}

export class OutputChecks {
  readonly #core: CoreInstance;
  readonly #view: DataView;
  readonly #reach: Reach;
  readonly #onIntent: (view: DataView, at: number) => void;
  #state = 0;
  /** Where an intent lies whose verdict has not come, 0 = none. */
  #open = 0;

  constructor(core: CoreInstance, reach: Reach, onIntent: (view: DataView, at: number) => void) {
    this.#core = core;
    this.#view = core.view;
    this.#reach = reach;
    this.#onIntent = onIntent;
  }

  /** A new stream, whose core is in this trading state. */
  begin(tradingState: number): void {
    this.#state = tradingState;
  }

  /** The outbox after the input at `input` was applied. */
  check(input: number): void {
    const end = this.#core.outboxAt + this.#core.outboxBytes();
    this.#open = 0;
    for (let at = this.#core.outboxAt; at < end; ) {
      const length = recordLength(this.#view, at);
      if (at + length > end) refuse("the last output is cut off");
      this.#one(at, input);
      at += length;
    }
    if (this.#open !== 0) refuse("an intent without a verdict");
    if (this.#core.tradingState() !== this.#state) refuse("the trading state changed without a state_change");
  }

  #one(at: number, input: number): void {
    const view = this.#view;
    const code = view.getUint16(at + HEADER_OFFSET.kind, true);
    const shape = SHAPES.get(code);
    if (!shape) refuse(`kind ${code & 0xfff} is no output`);
    this.#reach.see(OUTPUT_NAMES.get(code) as string);
    this.#header(at, input, shape);
    for (const offset of shape.floats)
      if (!Number.isFinite(view.getFloat64(at + offset, true))) refuse(`${shape.name}: byte ${offset} is not finite`);
    if (shape.groupFloats.length > 0) this.#groupFloats(at, shape);
    if (this.#open !== 0 && code !== RiskVerdict.code) refuse(`${shape.name} between an intent and its verdict`);
    if (code === OrderIntent.code) {
      this.#open = at;
      this.#onIntent(view, at + OrderIntent.offset.intent_id);
    } else if (code === RiskVerdict.code) this.#verdict(at, shape);
    else if (code === StateChange.code) this.#stateChange(at);
    else if (code === Alert.code) {
      const name = ALERT_NAMES.get(view.getUint16(at + Alert.offset.code, true));
      this.#reach.see(name ?? refuse("an alert whose code is not declared"));
    }
  }

  #header(at: number, input: number, shape: OutputShape): void {
    const view = this.#view;
    const same = (a: number, b: number): boolean =>
      view.getUint32(a, true) === view.getUint32(b, true) &&
      view.getUint32(a + 4, true) === view.getUint32(b + 4, true);
    if (!same(at + HEADER_OFFSET.time_ns, input + HEADER_OFFSET.time_ns)) refuse(`${shape.name}: not its cause's time`);
    if (!same(at + shape.causeAt, input + HEADER_OFFSET.seq)) refuse(`${shape.name}: not its cause's seq`);
    if (view.getUint32(at, true) !== 0 || view.getUint32(at + HEADER_OFFSET.check, true) !== 0)
      refuse(`${shape.name}: seq and check are the journal's to give`);
    if (view.getUint32(at + HEADER_OFFSET.source, true) !== SOURCE.core) refuse(`${shape.name}: not from the core`);
  }

  #groupFloats(at: number, shape: OutputShape): void {
    const count = this.#view.getUint16(at + shape.countAt, true);
    for (let i = 0; i < count; i++)
      for (const offset of shape.groupFloats)
        if (!Number.isFinite(this.#view.getFloat64(at + shape.groupAt + i * shape.groupBytes + offset, true)))
          refuse(`${shape.name}: ${i} of its group is not finite`);
  }

  #verdict(at: number, shape: OutputShape): void {
    const view = this.#view;
    if (this.#open === 0) refuse("a verdict without an intent");
    for (let i = 0; i < 16; i += 4)
      if (
        view.getUint32(at + RiskVerdict.offset.intent_id + i, true) !==
        view.getUint32(this.#open + OrderIntent.offset.intent_id + i, true)
      )
        refuse("a verdict of another intent");
    this.#open = 0;
    const count = view.getUint16(at + shape.countAt, true);
    if (count !== REASONS.length) refuse(`a verdict of ${count} checks, ${REASONS.length} are declared`);
    let failed = 0;
    for (let i = 0; i < count; i++) {
      const entry = at + shape.groupAt + i * shape.groupBytes;
      const result = view.getUint8(entry + CHECK.result);
      if (view.getUint16(entry + CHECK.code, true) !== REASONS[i]?.code) refuse(`check ${i} is not the declared one`);
      if (result >= RESULTS.length) refuse(`check ${i} has result ${result}`);
      const negative = view.getInt32(entry + CHECK.headroom + 4, true) < 0;
      if (result < 2 && negative !== (result === 1)) refuse(`${REASONS[i]?.name}: headroom and result disagree`);
      if (result !== 0) failed++;
      this.#reach.checks[i * RESULTS.length + result] = (this.#reach.checks[i * RESULTS.length + result] ?? 0) + 1;
    }
    if (view.getUint16(at + RiskVerdict.offset.failed_count, true) !== failed)
      refuse("failed_count is not what failed");
    if ((view.getUint8(at + RiskVerdict.offset.accepted) === 1) !== (failed === 0))
      refuse(
        `${failed} checks failed and the verdict says accepted = ${view.getUint8(at + RiskVerdict.offset.accepted)}`,
      );
    if (view.getUint8(at + RiskVerdict.offset.trading_state) !== this.#state)
      refuse("a verdict of another trading state");
  }

  #stateChange(at: number): void {
    const from = this.#view.getUint8(at + StateChange.offset.from_state);
    const to = this.#view.getUint8(at + StateChange.offset.to_state);
    if (from !== this.#state || to === from) refuse(`state_change ${from} -> ${to} in trading state ${this.#state}`);
    if (to < from && to !== TRADING_STATE.active) refuse(`${STATES[from]} -> ${STATES[to]}: only a release leads back`);
    this.#state = to;
    this.#reach.see(STATE_NAMES[from]?.[to] ?? refuse(`state_change to ${to}`));
  }
}
