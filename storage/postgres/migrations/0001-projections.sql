-- What the journals say about edges, orders and money, and how far each journal has been projected. Every row can be
-- rebuilt from the journals; seq names the record it comes from. Unsigned 64-bit numbers of the broker are numeric(20).

CREATE TABLE projection_cursor (
  stream_id bytea PRIMARY KEY CHECK (octet_length(stream_id) = 16),
  tenant_id text NOT NULL DEFAULT 'default',
  -- Everything up to here is in PostgreSQL and in ClickHouse, nothing beyond.
  seq bigint NOT NULL,
  batches bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE edges (
  stream_id bytea PRIMARY KEY CHECK (octet_length(stream_id) = 16),
  tenant_id text NOT NULL DEFAULT 'default',
  name text NOT NULL,
  public_key bytea NOT NULL,
  core_sha256 bytea NOT NULL,
  model_sha256 bytea,
  layout_version integer NOT NULL,
  link_state smallint NOT NULL DEFAULT 0,
  trading_state smallint NOT NULL DEFAULT 0,
  started_ns bigint NOT NULL,
  last_seen_ns bigint NOT NULL,
  last_seq bigint NOT NULL
);

CREATE TABLE symbols (
  stream_id bytea NOT NULL,
  tenant_id text NOT NULL DEFAULT 'default',
  symbol integer NOT NULL,
  seq bigint NOT NULL,
  name text NOT NULL,
  digits smallint NOT NULL,
  base_currency text NOT NULL,
  profit_currency text NOT NULL,
  margin_currency text NOT NULL,
  tick_size_points bigint NOT NULL,
  tick_value_micros bigint NOT NULL,
  contract_size_micros bigint NOT NULL,
  volume_min_microlots bigint NOT NULL,
  volume_max_microlots bigint NOT NULL,
  volume_step_microlots bigint NOT NULL,
  trade_mode smallint NOT NULL,
  PRIMARY KEY (stream_id, symbol)
);
CREATE INDEX symbols_by_name ON symbols (name);

-- One row an intent of the core, with its verdict and what became of it at the terminal.
CREATE TABLE order_intents (
  stream_id bytea NOT NULL,
  tenant_id text NOT NULL DEFAULT 'default',
  seq bigint NOT NULL,
  time_ns bigint NOT NULL,
  cause_seq bigint NOT NULL,
  intent_id bytea NOT NULL,
  symbol integer NOT NULL,
  action smallint NOT NULL,
  side smallint NOT NULL,
  magic numeric(20) NOT NULL,
  position_ticket numeric(20) NOT NULL,
  volume_microlots bigint NOT NULL,
  price_points bigint NOT NULL,
  stop_points bigint NOT NULL,
  target_points bigint NOT NULL,
  guard_price_points bigint NOT NULL,
  expires_ns bigint NOT NULL,
  deviation_points integer NOT NULL,
  timeframe_s bigint NOT NULL,
  probability_up_ppm integer NOT NULL,
  -- From the verdict; null before it.
  verdict_seq bigint,
  accepted boolean,
  failed_count integer,
  -- From the last order_update.
  state smallint NOT NULL DEFAULT 0,
  final boolean NOT NULL DEFAULT false,
  retcode bigint NOT NULL DEFAULT 0,
  order_ticket numeric(20) NOT NULL DEFAULT 0,
  volume_filled_microlots bigint NOT NULL DEFAULT 0,
  filled_price_points bigint NOT NULL DEFAULT 0,
  updated_seq bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (stream_id, seq)
);
CREATE INDEX order_intents_by_id ON order_intents (stream_id, intent_id);
CREATE INDEX order_intents_by_time ON order_intents (time_ns, stream_id, seq);

CREATE TABLE order_updates (
  stream_id bytea NOT NULL,
  tenant_id text NOT NULL DEFAULT 'default',
  seq bigint NOT NULL,
  time_ns bigint NOT NULL,
  intent_id bytea NOT NULL,
  symbol integer NOT NULL,
  order_ticket numeric(20) NOT NULL,
  deal_ticket numeric(20) NOT NULL,
  volume_filled_microlots bigint NOT NULL,
  volume_remaining_microlots bigint NOT NULL,
  price_points bigint NOT NULL,
  broker_time_ms bigint NOT NULL,
  retcode bigint NOT NULL,
  state smallint NOT NULL,
  final boolean NOT NULL,
  PRIMARY KEY (stream_id, seq)
);

-- The broker's orders, as last reported.
CREATE TABLE orders (
  stream_id bytea NOT NULL,
  tenant_id text NOT NULL DEFAULT 'default',
  order_ticket numeric(20) NOT NULL,
  seq bigint NOT NULL,
  time_ns bigint NOT NULL,
  intent_id bytea NOT NULL,
  symbol integer NOT NULL,
  volume_filled_microlots bigint NOT NULL,
  volume_remaining_microlots bigint NOT NULL,
  price_points bigint NOT NULL,
  retcode bigint NOT NULL,
  state smallint NOT NULL,
  final boolean NOT NULL,
  PRIMARY KEY (stream_id, order_ticket)
);

CREATE TABLE fills (
  stream_id bytea NOT NULL,
  tenant_id text NOT NULL DEFAULT 'default',
  seq bigint NOT NULL,
  time_ns bigint NOT NULL,
  intent_id bytea NOT NULL,
  symbol integer NOT NULL,
  deal_ticket numeric(20) NOT NULL,
  order_ticket numeric(20) NOT NULL,
  position_id numeric(20) NOT NULL,
  magic numeric(20) NOT NULL,
  side smallint NOT NULL,
  entry smallint NOT NULL,
  reason smallint NOT NULL,
  volume_microlots bigint NOT NULL,
  price_points bigint NOT NULL,
  commission_micros bigint NOT NULL,
  swap_micros bigint NOT NULL,
  profit_micros bigint NOT NULL,
  broker_time_ms bigint NOT NULL,
  PRIMARY KEY (stream_id, seq)
);
CREATE INDEX fills_by_time ON fills (time_ns, stream_id, seq);
CREATE INDEX fills_by_intent ON fills (stream_id, intent_id);

-- As last reported; volume 0 = closed.
CREATE TABLE positions (
  stream_id bytea NOT NULL,
  tenant_id text NOT NULL DEFAULT 'default',
  ticket numeric(20) NOT NULL,
  seq bigint NOT NULL,
  time_ns bigint NOT NULL,
  identifier numeric(20) NOT NULL,
  magic numeric(20) NOT NULL,
  symbol integer NOT NULL,
  side smallint NOT NULL,
  volume_microlots bigint NOT NULL,
  open_price_points bigint NOT NULL,
  stop_points bigint NOT NULL,
  target_points bigint NOT NULL,
  swap_micros bigint NOT NULL,
  profit_micros bigint NOT NULL,
  broker_time_ms bigint NOT NULL,
  PRIMARY KEY (stream_id, ticket)
);

CREATE TABLE accounts (
  stream_id bytea NOT NULL,
  tenant_id text NOT NULL DEFAULT 'default',
  login numeric(20) NOT NULL,
  seq bigint NOT NULL,
  time_ns bigint NOT NULL,
  currency text NOT NULL,
  balance_micros bigint NOT NULL,
  credit_micros bigint NOT NULL,
  profit_micros bigint NOT NULL,
  equity_micros bigint NOT NULL,
  margin_micros bigint NOT NULL,
  margin_free_micros bigint NOT NULL,
  server_time_ms bigint NOT NULL,
  leverage bigint NOT NULL,
  margin_mode smallint NOT NULL,
  trade_mode smallint NOT NULL,
  permissions smallint NOT NULL,
  PRIMARY KEY (stream_id, login)
);

CREATE TABLE operator_commands (
  stream_id bytea NOT NULL,
  tenant_id text NOT NULL DEFAULT 'default',
  seq bigint NOT NULL,
  time_ns bigint NOT NULL,
  command_id bytea NOT NULL,
  operator text NOT NULL,
  reason text NOT NULL,
  command integer NOT NULL,
  PRIMARY KEY (stream_id, seq)
);

-- From DivergenceDetected events; the event's id makes a repeat harmless.
CREATE TABLE divergences (
  id text PRIMARY KEY,
  tenant_id text NOT NULL DEFAULT 'default',
  stream_id bytea NOT NULL,
  seq bigint NOT NULL,
  detected_at timestamptz NOT NULL,
  code text NOT NULL,
  field text NOT NULL,
  expected text NOT NULL,
  actual text NOT NULL,
  message text NOT NULL
);
CREATE INDEX divergences_by_time ON divergences (detected_at, id);
