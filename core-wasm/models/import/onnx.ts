// ONNX models as one of the five: tree ensembles and linear classifiers as scikit-learn (skl2onnx) writes them, dense networks
// and GRUs as PyTorch writes them. A graph with an operator that is not understood is refused by the operator's name.
import type { ModelName } from "../heads.ts";
import type { Gru, Logistic, Perceptron } from "../sections.ts";
import type { TreeSum } from "../trees.ts";
import { type Imported, refuseImport } from "./imported.ts";
import { readOnnx } from "./onnx-file.ts";
import { importLinear, importTrees } from "./onnx-ml.ts";
import { importDense, importGru } from "./onnx-nets.ts";

export type OnnxPart = TreeSum | Logistic | Perceptron | Gru;

/** `features`: names of the inputs, where the file has none of its own (metadata "features"), in its order. */
export function importOnnx(bytes: Uint8Array, o: { readonly features?: readonly string[] } = {}): Imported<OnnxPart> {
  const file = readOnnx(bytes);
  const features = o.features ?? file.notes.get("features")?.split(",");
  if (features === undefined)
    return refuseImport(
      "ONNX",
      'it does not name its features: say --features a,b,c in its order, or set metadata "features"',
    );
  const has = (op: string): boolean => file.nodes.some((node) => node.op === op);
  const width = features.length;
  const [model, part]: [ModelName, OnnxPart] = has("GRU")
    ? ["gru", importGru(file, features)]
    : has("LinearClassifier")
      ? ["logistic", importLinear(file, width)]
      : has("TreeEnsembleClassifier")
        ? importTrees(file, width)
        : ["perceptron", importDense(file, width)];
  return { features, model, part };
}
