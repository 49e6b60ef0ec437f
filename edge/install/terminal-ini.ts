// node edge/install/terminal-ini.ts [--env FILE]: the file with which MetaTrader 5 starts unattended, logs in and attaches
// the Expert Advisor: terminal64.exe /config:C:\lockstep\start.ini (MetaTrader 5 help, "Platform start", configuration file).
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { env: { type: "string" } } });
if (values.env !== undefined) process.loadEnvFile(values.env);

const needed = (name: string): string => {
  const value = process.env[name] ?? "";
  if (value === "" || /[\r\n]/.test(value)) {
    console.error(`set ${name} (one line), in the environment or in --env FILE`);
    process.exit(2);
  }
  return value;
};

const SECTIONS = {
  Common: {
    Login: needed("MT5_LOGIN"),
    Password: needed("MT5_PASSWORD"),
    Server: needed("MT5_SERVER"),
    KeepPrivate: 1,
  },
  Experts: { Enabled: 1, AllowLiveTrading: 1, AllowDllImport: 0 },
  StartUp: {
    Expert: "Lockstep\\Lockstep",
    /** Its inputs, saved from its dialog into MQL5\Presets. */
    ExpertParameters: "lockstep.set",
    Symbol: (process.env.LOCKSTEP_SYMBOLS || "EURUSD").split(",")[0],
    Period: "M1",
  },
};

for (const [section, entries] of Object.entries(SECTIONS))
  console.log([`[${section}]`, ...Object.entries(entries).map(([key, value]) => `${key}=${value}`), ""].join("\n"));
