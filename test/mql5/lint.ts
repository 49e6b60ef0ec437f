// What MetaEditor would refuse although g++ takes it, and what both take but understand differently. MetaEditor runs on
// Windows only, so this and the compiler under test/mql5/shim stand between a mistake and the user.
import { MQL5_CONSTANTS, MQL5_FUNCTIONS } from "./mql5-names.ts";

export interface MqlFile {
  readonly path: string;
  readonly text: string;
}

export interface MqlFinding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const LINES_MAX = 300;
const SIMPLE = "void|bool|char|uchar|short|ushort|int|uint|long|ulong|float|double|string|datetime|color";
const KEYWORDS = new Set(
  `${SIMPLE}|if|else|for|while|do|switch|case|default|return|break|continue|class|struct|union|enum|public|private|protected|const|input|sizeof|true|false|this`.split(
    "|",
  ),
);

interface Rule {
  readonly pattern: RegExp;
  readonly message: string;
  /** Also over the generated codec. */
  readonly everywhere?: true;
}

const RULES: readonly Rule[] = [
  { pattern: /->/, message: "MQL5 has no ->: use the object itself", everywhere: true },
  {
    pattern: /\bstd\b|\b(?!C(?:Ea|Mx))\w+::/,
    message: ":: only names a method of one of our classes",
    everywhere: true,
  },
  {
    pattern:
      /\b(auto|nullptr|constexpr|noexcept|throw|try|catch|typedef|using|goto|friend|inline|explicit|mutable|static_cast|const_cast|reinterpret_cast|decltype|static_assert|unsigned|signed|size_t|u?int(8|16|32|64)_t|NULL)\b/,
    message: "not a word of MQL5, or one that means something else there",
    everywhere: true,
  },
  { pattern: /\btemplate\b|\btypename\b/, message: "no templates in shared files", everywhere: true },
  {
    pattern: /\b(new|delete)\b/,
    message: "no pointers, so nothing to allocate: objects are members or globals",
    everywhere: true,
  },
  { pattern: /\[[=&\w, ]*\]\s*\([^)]*\)\s*\{/, message: "MQL5 has no lambdas", everywhere: true },
  { pattern: new RegExp(`\\b(${SIMPLE}|[CSU](Ea|Mx)\\w+|Mql\\w+)\\s*\\*`), message: "no pointers", everywhere: true },
  { pattern: /^(?!\s*#define).*(?:[=(,]|\breturn)\s*&\s*\w/, message: "no addresses", everywhere: true },
  { pattern: /\b\w+\s*&\s*\w+\s*=[^=]/, message: "MQL5 has no references but parameters", everywhere: true },
  { pattern: /\bfor\s*\([^;)]*:[^;)]*\)/, message: "MQL5 has no range-for", everywhere: true },
  {
    pattern: /\b\d+(?:\.\d+)?(?:[uU]|[lL]|[fF])+\b|\b0[xX][0-9a-fA-F]+[uUlL]+\b|(?<![\d.])\b0[0-7]+\b(?!\.)/,
    message: "no suffixes, no octal numbers",
    everywhere: true,
  },
  { pattern: /'/, message: "no character, date or colour literals: they differ in C++", everywhere: true },
  {
    pattern: /^\s*#\s*(if\b|elif|pragma|undef|error|line)/,
    message: "only #ifdef, #ifndef, #else, #endif, #define, #include",
    everywhere: true,
  },
  { pattern: /^\s+\w+\s+\w+\s*:\s*\d+\s*;/, message: "MQL5 has no bit-fields", everywhere: true },
  { pattern: /\bStringFormat|\bprintf|\bPrintFormat/, message: "formats differ: IntegerToString and DoubleToString" },
  { pattern: /string\s*&\s*\w/, message: "strings are passed by value: MQL5 refuses an expression for a reference" },
  {
    pattern: /\bstatic\b/,
    message: "no static variables: a chart's change of symbol would keep them, a reload would not",
  },
  {
    pattern: /(?<!\b(?:for|while|if|switch))\s*\b(?!for\b|while\b|if\b|switch\b)\w+\([^()]*(?:\+\+|--)[^()]*\)/,
    message: "arguments are evaluated from the last to the first in MQL5, in any order in C++: count outside the call",
  },
  {
    pattern: new RegExp(
      `\\b(${SIMPLE}|ENUM_\\w+)\\s+(input|sinput|group|color|datetime|pack|final|override|virtual|string|extern|export|interface)\\b\\s*[;=,)]`,
    ),
    message: "a word that MQL5 keeps for itself",
    everywhere: true,
  },
];

/** Without comments and with empty strings, line by line. */
export function codeLines(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/"(?:\\.|[^"\\])*"/g, '""').replace(/\/\/.*$/, ""));
}

const definitions = (files: readonly MqlFile[]): { names: Set<string>; constants: Map<string, string> } => {
  const names = new Set<string>();
  const constants = new Map<string, string>();
  for (const { text } of files)
    for (const line of codeLines(text)) {
      const define = /^\s*#define\s+(\w+)(\()?\s*(.*)$/.exec(line);
      if (define?.[1])
        (define[2] ? names.add(define[1]) : constants.set(define[1], define[3] ?? "")) && names.add(define[1]);
      for (const [, name] of line.matchAll(/\b(?:class|struct|union|enum)\s+(\w+)/g)) names.add(name as string);
      const fn = new RegExp(
        `^\\s*(?:const\\s+)?(?:${SIMPLE}|ENUM_\\w+|[CSU](?:Ea|Mx)\\w+|Mql\\w+)\\s+(?:C\\w+::)?(\\w+)\\s*\\(`,
      ).exec(line);
      if (fn?.[1]) names.add(fn[1]);
      const made = /^\s+(C\w+)\(\)/.exec(line);
      if (made?.[1]) names.add(made[1]);
      const enumerator = /^\s+(WHEN_\w+)\s*=/.exec(line);
      if (enumerator?.[1]) constants.set(enumerator[1], "1");
    }
  return { names, constants };
};

/** A divisor must be seen to be no zero: MQL5 ends the program there. */
function divisorFindings(code: string, raw: string, constants: ReadonlyMap<string, string>): string[] {
  if (/\/\/ lint: \w+/.test(raw) || /^\s*#/.test(code)) return [];
  const wrong: string[] = [];
  for (const [, divisor = ""] of code.matchAll(/[/%]=?\s*([\w.]+|\()/g)) {
    const value = constants.get(divisor) ?? divisor;
    if (!/^\d/.test(value) || Number(value) === 0)
      wrong.push(`divides by ${divisor}, which may be zero: MxRatio, or a number`);
  }
  return wrong;
}

function nameFindings(
  code: string,
  o: { names: ReadonlySet<string>; constants: ReadonlyMap<string, string> },
): string[] {
  const wrong: string[] = [];
  if (/^\s*#(include|property)/.test(code)) return wrong;
  for (const [, name = ""] of code.matchAll(/(?<![.\w])(\w+)\s*\(/g))
    if (
      !KEYWORDS.has(name) &&
      !o.names.has(name) &&
      !MQL5_FUNCTIONS.has(name) &&
      !/^\d/.test(name) &&
      !/^ENUM_/.test(name) &&
      name !== "OnTradeTransaction"
    )
      wrong.push(`calls ${name}, which is neither ours nor in test/mql5/mql5-names.ts`);
  for (const [name] of code.matchAll(/\b(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|clr[A-Z]\w+|Mql[A-Z]\w+)\b/g))
    if (
      !o.constants.has(name) &&
      !o.names.has(name) &&
      !MQL5_CONSTANTS.has(name) &&
      !/^(__MQL5__|LOCKSTEP_\w+_MQH|MqlArray)$/.test(name)
    )
      wrong.push(`says ${name}, which is neither ours nor in test/mql5/mql5-names.ts`);
  return wrong;
}

/** Functions give back simple values: MQL5 takes no temporary object for a reference. */
const RETURNS_OBJECT = /^(?:const\s+)?(?:[SCU](?:Ea|Mx)\w+|Mql\w+)\s+(?:C\w+::)?\w+\s*\(/;
const BARE_LOCAL = new RegExp(`^\\s{3,}(?:${SIMPLE}|ENUM_\\w+|SMx\\w+|SEa\\w+|Mql\\w+)\\s\\w+(?:\\[\\w+\\])?;`);

/** Lines that declare members, where a bare declaration is right. */
function memberLines(code: readonly string[]): boolean[] {
  let inside = false;
  return code.map((line) => {
    if (/^(?:class|struct|union|enum)\b[^;]*$/.test(line)) inside = true;
    const is = inside;
    if (/^\s*\};/.test(line)) inside = false;
    return is;
  });
}

function lintOne(file: MqlFile, known: ReturnType<typeof definitions>): MqlFinding[] {
  const raw = file.text.split("\n");
  const code = codeLines(file.text);
  const generated = file.path.includes("generated/");
  const members = memberLines(code);
  const findings: MqlFinding[] = [];
  const say = (line: number, message: string): void => void findings.push({ path: file.path, line: line + 1, message });
  code.forEach((line, i) => {
    for (const rule of RULES) if ((rule.everywhere || !generated) && rule.pattern.test(line)) say(i, rule.message);
    for (const message of divisorFindings(line, raw[i] ?? "", known.constants)) say(i, message);
    for (const message of nameFindings(line, known)) say(i, message);
    if (generated) return;
    if (RETURNS_OBJECT.test(line)) say(i, "gives back an object: hand it in by reference");
    if (!members[i] && BARE_LOCAL.test(line)) say(i, "is not initialised: MQL5 leaves what was in memory");
    if (/[^\x20-\x7e\t]/.test(raw[i] ?? "")) say(i, "only ASCII: MetaEditor guesses encodings");
  });
  if (!generated && raw.length > LINES_MAX)
    say(raw.length - 1, `${raw.length} lines, at most ${LINES_MAX}: one subject a file`);
  return findings;
}

/** Findings in `of`, with everything that `files` define known. */
export function lint(files: readonly MqlFile[], of: readonly MqlFile[] = files): MqlFinding[] {
  const known = definitions(files);
  return of.flatMap((file) => lintOne(file, known));
}
