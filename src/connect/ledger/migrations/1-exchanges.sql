-- One row per exchange: the record as JSON, and columns computed from it when somebody asks, so that they cost nothing
-- to write. Times are milliseconds; at_ms is wall clock since 1970. No content, ever.
CREATE TABLE exchanges (
  body TEXT NOT NULL,
  id TEXT AS (json_extract(body, '$.id')) VIRTUAL,
  at_ms REAL AS (json_extract(body, '$.atMs')) VIRTUAL,
  outcome TEXT AS (json_extract(body, '$.outcome')) VIRTUAL,
  status INTEGER AS (json_extract(body, '$.status')) VIRTUAL,
  route_id TEXT AS (json_extract(body, '$.routeId')) VIRTUAL,
  model TEXT AS (json_extract(body, '$.model')) VIRTUAL,
  target_id TEXT AS (json_extract(body, '$.targetId')) VIRTUAL,
  stream INTEGER AS (json_extract(body, '$.stream')) VIRTUAL,
  client_kind TEXT AS (json_extract(body, '$.clientKind')) VIRTUAL,
  client_version TEXT AS (json_extract(body, '$.clientVersion')) VIRTUAL,
  session_id TEXT AS (json_extract(body, '$.sessionId')) VIRTUAL,
  turn_id TEXT AS (json_extract(body, '$.turnId')) VIRTUAL,
  duration_ms REAL AS (json_extract(body, '$.durationMs')) VIRTUAL,
  first_byte_ms REAL AS (json_extract(body, '$.firstByteMs')) VIRTUAL,
  request_bytes INTEGER AS (json_extract(body, '$.requestBytes')) VIRTUAL,
  response_bytes INTEGER AS (json_extract(body, '$.responseBytes')) VIRTUAL,
  input_tokens INTEGER AS (json_extract(body, '$.usage.inputTokens')) VIRTUAL,
  cached_input_tokens INTEGER AS (json_extract(body, '$.usage.cachedInputTokens')) VIRTUAL,
  output_tokens INTEGER AS (json_extract(body, '$.usage.outputTokens')) VIRTUAL,
  reasoning_tokens INTEGER AS (json_extract(body, '$.usage.reasoningTokens')) VIRTUAL,
  -- JSON arrays: what became of every upstream call, and why other targets were left out.
  attempts TEXT AS (json_extract(body, '$.attempts')) VIRTUAL,
  skipped TEXT AS (json_extract(body, '$.skipped')) VIRTUAL
);
CREATE UNIQUE INDEX exchanges_id ON exchanges (id);
CREATE INDEX exchanges_at_ms ON exchanges (at_ms);
