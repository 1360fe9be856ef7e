CREATE TABLE IF NOT EXISTS schema_lock (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    expires_at_us BIGINT NOT NULL
)
