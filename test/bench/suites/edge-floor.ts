// What the edge is held against, as a process of its own: a bare TCP socket that writes and syncs before it answers.
//   echo  each chunk: 64 bytes written and synced, then the chunk goes back (one in flight)
//   sink  everything is appended and synced back to back; each sync answers with the byte count (u64)
import * as fs from "node:fs";
import { createServer } from "node:net";

const [mode, path] = process.argv.slice(2) as ["echo" | "sink", string];
const FILE_BYTES = 64 * 1024 * 1024;
const ANSWER_BYTES = 200;

const file = fs.openSync(path, "w+");
fs.writeSync(file, Buffer.alloc(FILE_BYTES));
fs.fsyncSync(file);

const record = Buffer.alloc(64, 7);
const answer = Buffer.alloc(ANSWER_BYTES, 9);
let at = 0;

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  if (mode === "echo") {
    socket.on("data", () => {
      fs.writeSync(file, record, 0, record.length, at);
      at = (at + record.length) % FILE_BYTES;
      fs.fdatasyncSync(file);
      socket.write(answer);
    });
    return;
  }
  let staged: Buffer[] = [];
  let busy = false;
  let total = 0n;
  const pump = (): void => {
    if (busy || staged.length === 0) return;
    busy = true;
    const bytes = Buffer.concat(staged);
    staged = [];
    if (at + bytes.length > FILE_BYTES) at = 0;
    fs.write(file, bytes, 0, bytes.length, at, (failed) => {
      if (failed) throw failed;
      at += bytes.length;
      fs.fdatasync(file, () => {
        busy = false;
        total += BigInt(bytes.length);
        const reply = Buffer.alloc(8);
        reply.writeBigUInt64LE(total);
        socket.write(reply);
        pump();
      });
    });
  };
  socket.on("data", (chunk: Buffer) => {
    staged.push(chunk);
    pump();
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : 0 });
});
process.once("disconnect", () => process.exit(0));
