// docker-compose.edge.yml: one container a service of the edge network. They stand in the host's network, where each binds
// 127.0.0.1 by itself: what a service takes from this machine only stays true, and no proxy lies between a tick and its order.
import { EDGE_NODE_FLAGS } from "../service/node-flags.ts";
import { SERVICES, type Service } from "../topology.ts";

const DATA = "/var/lib/lockstep";
const CONFIG = "/etc/lockstep";

interface Deployment {
  /** Variables that a person sets, with the default of this file; empty = the service's own. */
  readonly settings: Readonly<Record<string, string>>;
  /** Variables that this file sets. */
  readonly fixed?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly memory: string;
}

/** What a service needs beside what all have. One that is not named here needs nothing. */
const DEPLOYMENTS: Readonly<Record<string, Deployment>> = {
  "metatrader-connector": {
    settings: {
      MT5_LOGIN: "",
      MT5_SERVER: "",
      LOCKSTEP_ACCOUNTS: "",
      LOCKSTEP_SYMBOLS: "EURUSD,GBPUSD,USDJPY,XAUUSD",
      LOCKSTEP_EDGE_NAME: "edge-1",
      BACKEND_URL: "",
    },
    fixed: {
      LOCKSTEP_EDGE_DATA: `${DATA}/edge`,
      LOCKSTEP_TLS_DIR: `${CONFIG}/tls`,
      LOCKSTEP_EDGE_CONFIG: `${CONFIG}/edge-config.json`,
      LOCKSTEP_EA_SECRET_FILE: `${CONFIG}/ea-secret`,
    },
    volumes: [`edge-data:${DATA}`, `\${LOCKSTEP_CONFIG_DIR:-./box}:${CONFIG}:ro`],
    memory: "512m",
  },
  "data-collector": { settings: { DATA_SOURCES: "" }, memory: "256m" },
  "market-monitor": {
    settings: {
      MONITOR_PAIRS: "EURUSD,GBPUSD,USDJPY,XAUUSD",
      ALERT_THRESHOLDS: "",
      ALERT_WEBHOOK_URL: "",
      ALERT_SMTP_URL: "",
      ALERT_SMTP_USER: "",
      ALERT_EMAIL_FROM: "",
      ALERT_EMAIL_TO: "",
      ALERT_TELEGRAM_CHAT: "",
    },
    fixed: { LOCKSTEP_EDGE_DATA: `${DATA}/edge` },
    volumes: [`edge-data:${DATA}:ro`],
    memory: "384m",
  },
};

const HEAD = `# Generated from mesh/topology.ts by \`npm run generate\`: do not edit, set variables (edge/install/edge.env.example).
# How to set a box up: edge/install/README.md. In short: .env and the folder box/ are filled in, then
#   docker compose -f docker-compose.edge.yml up -d
name: lockstep-edge

x-service: &service
  image: lockstep-edge:\${LOCKSTEP_VERSION:-local}
  build:
    context: .
    dockerfile: edge/install/Dockerfile
  restart: unless-stopped
  # Every service binds 127.0.0.1 of the host and nothing else.
  network_mode: host
  user: "10001:10001"
  read_only: true
  tmpfs: ["/tmp:size=16m,mode=1777,noexec,nosuid"]
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  pids_limit: 128
  stop_grace_period: 10s
  logging: { driver: json-file, options: { max-size: 10m, max-file: "5" } }
`;

const FOOT = `
volumes:
  edge-data: {}
`;

const list = (name: string, items: readonly string[] = []): string =>
  items.length === 0 ? "" : `    ${name}:\n${items.map((item) => `      - ${JSON.stringify(item)}\n`).join("")}`;

function serviceYaml({ name, port }: Service): string {
  const { settings, fixed, volumes, memory } = DEPLOYMENTS[name] ?? { settings: {}, memory: "256m" };
  const command = [...EDGE_NODE_FLAGS, `edge/${name}/main.ts`];
  const environment = {
    HOST: "127.0.0.1",
    PORT: String(port),
    ...Object.fromEntries(Object.entries(settings).map(([key, otherwise]) => [key, `\${${key}:-${otherwise}}`])),
    ...fixed,
  };
  const lines = Object.entries(environment).map(([key, value]) => `      ${key}: ${JSON.stringify(value)}\n`);
  return `  ${name}:
    <<: *service
${list("command", command)}    environment:
${lines.join("")}${list("volumes", volumes)}    mem_limit: ${memory}
    healthcheck:
      test: ["CMD", "node", "edge/install/healthcheck.mjs", "${port}"]
      interval: 15s
      timeout: 5s
      start_period: 60s
      retries: 3
`;
}

export function edgeCompose(): string {
  const services: Service[] = Object.values(SERVICES);
  const edge = services.filter(({ network }) => network === "edge");
  return `${HEAD}\nservices:\n${edge.map(serviceYaml).join("\n")}${FOOT}`;
}
