// A record with one or two fields replaced by a bound of the core's, its neighbours, or an end of the field's type.
import type { Choices } from "../../choices.ts";
import { BORDERS, ENDS } from "../../fuzz/core-fields.ts";

const VALUES = [BORDERS, ENDS].flatMap(({ low, high }) =>
  Array.from(low, (word, i) => BigInt.asIntN(64, (BigInt(high[i] as number) << 32n) | BigInt(word))),
);
const NUMBERS = [0, 1, 2, 3, 4, 5, 63, 64, 65, 255, 86_399, 86_400, 499_999, 500_000, 500_001, 2 ** 31 - 1, -1];

export function wild<T>(payload: T, pick: Choices): T {
  const names = (Object.keys(payload as object) as (keyof T)[]).filter((name) =>
    /bigint|number/.test(typeof payload[name]),
  );
  const changed: Partial<T> = {};
  for (let n = 1 + pick.below(2); n > 0; n--) {
    const name = names[pick.below(names.length)] as keyof T;
    const list: readonly (bigint | number)[] = typeof payload[name] === "bigint" ? VALUES : NUMBERS;
    changed[name] = list[pick.below(list.length)] as T[keyof T];
  }
  return { ...payload, ...changed };
}
