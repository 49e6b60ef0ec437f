// Deliberately broken modules, for canaries: the core compiled with pieces of its source replaced.
import { compile } from "../../core-wasm/compile.ts";

export interface Break {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export async function brokenCore(...breaks: readonly Break[]): Promise<Uint8Array> {
  const missed = new Set(breaks);
  const edit = (path: string, text: string): string => {
    let edited = text;
    for (const one of breaks) {
      if (path !== `assembly/${one.file}` || !edited.includes(one.from)) continue;
      edited = edited.replace(one.from, one.to);
      missed.delete(one);
    }
    return edited;
  };
  const wasm = await compile({ optimised: false, edit });
  for (const { file, from } of missed)
    throw new Error(`core-wasm/assembly/${file} has no "${from}": choose another line to break`);
  return wasm;
}
