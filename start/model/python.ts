// The tools that models are trained and compared with: pinned wheels from PyPI, fetched when asked for, each checked by its
// hash. For CPython 3.11 on x86-64 Linux.
import { spawn } from "node:child_process";
import { LockstepError } from "#proto/errors.ts";
import { findOnPath, fromWheel, toolsDir, type Wheel } from "#storage/engines/tools.ts";

const wheel = (project: string, version: string, sha256: string, binary: string): Wheel => ({
  project,
  version,
  sha256: [sha256],
  binary,
});

const NUMPY = wheel(
  "numpy",
  "2.4.6",
  "89cd468399cfd2504718f0ba50e410dca55a170b61a02ad92bb18c8a65186e93",
  "numpy/__init__.py",
);
const SCIPY = wheel(
  "scipy",
  "1.17.1",
  "43af8d1f3bea642559019edfe64e9b11192a8978efbd1539d7bc2aaa23d92de4",
  "scipy/__init__.py",
);
const LIGHTGBM = wheel(
  "lightgbm",
  "4.7.0",
  "d23e922acd891e77212e4d0fbcee9ba973c96dee479491341d05ba595357ebb7",
  "lightgbm/__init__.py",
);
const SKLEARN = [
  wheel(
    "scikit-learn",
    "1.9.1",
    "52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df",
    "sklearn/__init__.py",
  ),
  wheel(
    "cloudpickle",
    "3.1.2",
    "9acb47f6afd73f60dc1df93bb801b472f05ff42fa6c84167d25cb206be1fbf4a",
    "cloudpickle/__init__.py",
  ),
  wheel("joblib", "1.6.0", "3dbbf9f6e4b592a2357b854608e980fe6390d131d7a82f011a377ef2ebef7aba", "joblib/__init__.py"),
  wheel(
    "threadpoolctl",
    "3.8.0",
    "f1b49c82704d50f13ffae019c727b0fa4f6791a58f48f06a09c45face1be66da",
    "threadpoolctl.py",
  ),
  wheel(
    "narwhals",
    "2.29.0",
    "1c69b3dc30240f6e848c5a673cafc86affa44184ecce721e25b7194663ad10dc",
    "narwhals/__init__.py",
  ),
];
const ML_DTYPES = wheel(
  "ml-dtypes",
  "0.6.0",
  "6c8e39b53e90afda8ce52859c93de4dba3e02b76d85dcf091cc469f9184c6dae",
  "ml_dtypes/__init__.py",
);
const JAX = [
  wheel("jax", "0.10.2", "724d73c4678d8b06f6a6ab4db1b8a2fea8cd4f1e2c2564f99601634ec7b8d1c6", "jax/__init__.py"),
  wheel("jaxlib", "0.10.2", "1faca3c5d4662cb4a6130a68105d68bb520764817e165d6eebfd6786c0d1f30f", "jaxlib/__init__.py"),
  ML_DTYPES,
  wheel(
    "opt-einsum",
    "3.4.0",
    "69bb92469f86a1565195ece4ac0323943e83477171b91d24c35afe028a90d7cd",
    "opt_einsum/__init__.py",
  ),
];
const ONNX = [
  ML_DTYPES,
  wheel("onnx", "1.23.2", "c03ecf6b835d136108eeaeeafbd0026fc7b3cf98661409fbc6b63d5a29361348", "onnx/__init__.py"),
  wheel(
    "onnxruntime",
    "1.32.0",
    "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
    "onnxruntime/__init__.py",
  ),
  wheel(
    "skl2onnx",
    "1.20.0",
    "30cac34803d1776c14b336ae945e48ef28debfc339215acde1cc04b963ed3f7b",
    "skl2onnx/__init__.py",
  ),
  wheel(
    "protobuf",
    "7.36.2",
    "89f23aa53c24553a2416fd4fd1ec06f74fa42b14b546d8883128813f775bbfd2",
    "google/protobuf/__init__.py",
  ),
  wheel(
    "flatbuffers",
    "25.12.19",
    "7634f50c427838bb021c2d66a3d1168e9d199b0607e6329399f04846d42e20b4",
    "flatbuffers/__init__.py",
  ),
  wheel(
    "packaging",
    "26.3",
    "d7193f7c8e4e93f444fde0262bf90af30e16fa0ad0ad44cb553c87339b23cd1c",
    "packaging/__init__.py",
  ),
  wheel(
    "typing-extensions",
    "4.16.0",
    "481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8",
    "typing_extensions.py",
  ),
];
const XGBOOST = wheel(
  "xgboost-cpu",
  "3.2.0",
  "9c10b1653e1a689bf4094a328144cf3633c9be0e5217a76fbdc2fde6abcb2950",
  "xgboost/__init__.py",
);

export const TRAINING = [NUMPY, SCIPY, LIGHTGBM, ...SKLEARN, ...JAX];
/** The libraries that imported models come from. */
export const ORIGINALS = [NUMPY, SCIPY, LIGHTGBM, ...SKLEARN, ...ONNX, XGBOOST];

/** Runs a script with these wheels; its standard error goes to ours. Throws engine_missing when they cannot be had. */
export async function runPython(wheels: readonly Wheel[], args: readonly string[]): Promise<void> {
  const python = findOnPath("python3");
  const folders: string[] = [];
  for (const one of wheels) {
    const found = await fromWheel(one);
    if (found === undefined || python === undefined)
      throw new LockstepError(
        "engine_missing",
        `${one.project} ${one.version} cannot be fetched: python3 (3.11, x86-64 Linux) with pip and an index are needed, or its files in ${toolsDir()}`,
      );
    folders.push(found.slice(0, -one.binary.length));
  }
  const env = { ...process.env, PYTHONPATH: folders.join(":"), PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(python as string, [...args], { env, stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new LockstepError("bad_request", `${args[0]} ended with ${code}: see what it said above`);
}
