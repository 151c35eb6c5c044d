-- One row per exchange, kept as the JSON that the gateway made of it. No content, ever.
CREATE TABLE records (
  body TEXT NOT NULL,
  at_ms REAL AS (json_extract(body, '$.atMs')) VIRTUAL,
  id TEXT AS (json_extract(body, '$.id')) VIRTUAL
);
-- Ids are random. Behind the time, new ones come at the end of the index instead of all over it.
CREATE UNIQUE INDEX records_at_ms_id ON records (at_ms, id);

-- For people and queries. A view costs nothing to write; further computed columns in the table would double the cost.
-- Times are milliseconds; at_ms is wall clock since 1970. attempts (what became of every upstream call) and skipped (why
-- other targets were left out) are JSON arrays.
CREATE VIEW exchanges AS
SELECT
  id,
  at_ms,
  json_extract(body, '$.outcome') AS outcome,
  json_extract(body, '$.status') AS status,
  json_extract(body, '$.routeId') AS route_id,
  json_extract(body, '$.model') AS model,
  json_extract(body, '$.targetId') AS target_id,
  json_extract(body, '$.stream') AS stream,
  json_extract(body, '$.clientKind') AS client_kind,
  json_extract(body, '$.clientVersion') AS client_version,
  json_extract(body, '$.sessionId') AS session_id,
  json_extract(body, '$.turnId') AS turn_id,
  json_extract(body, '$.durationMs') AS duration_ms,
  json_extract(body, '$.firstByteMs') AS first_byte_ms,
  json_extract(body, '$.requestBytes') AS request_bytes,
  json_extract(body, '$.responseBytes') AS response_bytes,
  json_extract(body, '$.usage.inputTokens') AS input_tokens,
  json_extract(body, '$.usage.cachedInputTokens') AS cached_input_tokens,
  json_extract(body, '$.usage.outputTokens') AS output_tokens,
  json_extract(body, '$.usage.reasoningTokens') AS reasoning_tokens,
  json_extract(body, '$.attempts') AS attempts,
  json_extract(body, '$.skipped') AS skipped
FROM records;
