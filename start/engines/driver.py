# As driver.mjs, on wasmtime: python3 driver.py MODULE STREAM RESTART_EVERY [TARGET]. TARGET pulley64 interprets Cranelift's
# portable byte code instead of running machine code. Prints one JSON object.
import hashlib
import json
import struct
import sys
import time
from importlib.metadata import version

import wasmtime

MODEL = 1
CHUNK = 4096
HEADER_LENGTH_AT = 20


class Core:
    def __init__(self, engine, module):
        self.store = wasmtime.Store(engine)
        self.exports = wasmtime.Instance(self.store, module, []).exports(self.store)
        self.memory = self.exports["memory"]

    def call(self, name, *arguments):
        return self.exports[name](self.store, *arguments)

    def read(self, at, length):
        return bytes(self.memory.read(self.store, at, at + length))

    def write(self, data, at):
        self.memory.write(self.store, data, at)

    def load_model(self, model):
        self.write(model.ljust(self.call("modelBytesMax"), b"\0"), self.call("modelAt"))

    def state(self):
        return self.read(self.call("stateAt"), self.call("stateBytes"))


class OutputsDigest:
    """As core-wasm/host/digest.ts defines it."""

    def __init__(self):
        self.chain, self.rest = bytes(32), b""

    def update(self, data):
        self.rest += data
        while len(self.rest) >= CHUNK:
            self.chain = hashlib.sha256(self.chain + self.rest[:CHUNK]).digest()
            self.rest = self.rest[CHUNK:]

    def hexdigest(self):
        return hashlib.sha256(self.chain + self.rest).hexdigest()


def count_records(data):
    count = at = 0
    while at < len(data):
        at += struct.unpack_from("<I", data, at + HEADER_LENGTH_AT)[0]
        count += 1
    return count


def frames(path):
    with open(path, "rb") as file:
        while head := file.read(8):
            kind, length = struct.unpack("<II", head)
            data = file.read(length)
            if len(data) != length:
                raise ValueError("the stream file is cut off")
            yield kind, data


def main(module_file, stream_file, restart_every, target=None):
    config = wasmtime.Config()
    if target is not None:
        config.target = target
    engine = wasmtime.Engine(config)
    module = wasmtime.Module.from_file(engine, module_file)
    core = Core(engine, module)
    outputs = hashlib.sha256()
    digest = OutputsDigest()
    # Those of the stream so far: a state that is carried on may score with any of them. The last one lies in the region.
    models = []
    runs = records = output_bytes = 0
    seconds = 0.0
    for kind, data in frames(stream_file):
        if kind == MODEL:
            models.append(data)
            core.load_model(data)
            continue
        runs += 1
        if int(restart_every) > 0 and runs % int(restart_every) == 0:
            state = core.state()
            core = Core(engine, module)
            core.write(state, core.call("stateAt"))
            for model in reversed(models):
                if core.call("modelHeld") == 1:
                    break
                core.load_model(model)
                core.call("holdModel", len(model))
            if models:
                core.load_model(models[-1])
        records += count_records(data)
        if len(data) > core.call("inboxBytesMax"):
            raise ValueError(f"a frame of {len(data)} bytes does not fit the inbox")
        while data:
            core.write(data, core.call("inboxAt"))
            began = time.perf_counter()
            consumed = core.call("apply", len(data))
            seconds += time.perf_counter() - began
            made = core.read(core.call("outboxAt"), core.call("outboxBytes"))
            outputs.update(made)
            digest.update(made)
            output_bytes += len(made)
            # A full outbox stops the call between two records.
            data = data[consumed:]
    print(
        json.dumps(
            {
                "version": f"wasmtime {version('wasmtime')}" + (f", {target}" if target else ""),
                "outputs_digest": digest.hexdigest(),
                "outputs_sha256": outputs.hexdigest(),
                "state_sha256": hashlib.sha256(core.state()).hexdigest(),
                "output_bytes": output_bytes,
                "records": records,
                "seconds": seconds,
            }
        )
    )


main(*sys.argv[1:])
