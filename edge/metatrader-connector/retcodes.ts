// What a trade server's return code says about whether anything was executed.

export type RetcodeClass = "success" | "refused" | "ambiguous";

/** In progress or done; 10025: nothing to change, so a repeated request is done. */
const SUCCESS = new Set([10008, 10009, 10010, 10025]);
/** Surely not executed. */
const REFUSED = new Set([
  10004, 10006, 10007, 10013, 10014, 10015, 10016, 10017, 10018, 10019, 10020, 10021, 10022, 10024, 10026, 10027, 10029,
  10030, 10032, 10033, 10034, 10035, 10036, 10038, 10040, 10041, 10042, 10043, 10044, 10045, 10046,
]);

/** A code nobody has described tells nothing: the outcome is looked up, never guessed. */
export function retcodeClass(retcode: number): RetcodeClass {
  if (SUCCESS.has(retcode)) return "success";
  return REFUSED.has(retcode) ? "refused" : "ambiguous";
}
