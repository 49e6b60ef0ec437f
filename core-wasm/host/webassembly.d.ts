// The few parts of the WebAssembly JavaScript API that the host uses; TypeScript has them only in its DOM library.
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
    /** Detaches the buffer; throws RangeError when there is no room. */
    grow(pages: number): number;
  }
  interface Global {
    // biome-ignore lint/suspicious/noExplicitAny: a global's type is the module's matter
    readonly value: any;
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, never>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class RuntimeError extends Error {}
  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): { readonly module: string; readonly name: string }[];
  }
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(
    bytes: Uint8Array,
    imports: Readonly<Record<string, never>>,
  ): Promise<{ readonly instance: Instance }>;
}
