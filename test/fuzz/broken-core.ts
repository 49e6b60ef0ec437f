// Deliberately broken modules, for canaries: the core compiled with a piece of one source file replaced.
import { compile } from "../../core-wasm/compile.ts";

export async function brokenCore(o: { file: string; from: string; to: string }): Promise<Uint8Array> {
  let found = false;
  const edit = (path: string, text: string): string => {
    if (path !== `assembly/${o.file}` || !text.includes(o.from)) return text;
    found = true;
    return text.replace(o.from, o.to);
  };
  const wasm = await compile({ optimised: false, edit });
  if (!found) throw new Error(`core-wasm/assembly/${o.file} has no "${o.from}": choose another line to break`);
  return wasm;
}
