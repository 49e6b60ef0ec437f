// Tick exports of a made-up market, one tick every ten seconds, for tests of commands that read them.

const HEAD = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n";

export function tickFile(o: { minutes: number; price: number; digits: number; day: string }): string {
  let random = 1;
  const lines: string[] = [];
  let points = Math.round(o.price * 10 ** o.digits);
  for (let i = 0; i < o.minutes * 6; i++) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    points += (random >>> 28) - 7;
    const s = i * 10;
    const two = (n: number): string => String(n).padStart(2, "0");
    const time = `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}.000`;
    lines.push(
      `${o.day}\t${time}\t${(points / 10 ** o.digits).toFixed(o.digits)}\t${((points + 12) / 10 ** o.digits).toFixed(o.digits)}\t\t\t6`,
    );
  }
  return `${HEAD}${lines.join("\n")}\n`;
}
