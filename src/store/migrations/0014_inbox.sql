CREATE TABLE IF NOT EXISTS inbox (
    partition TEXT COLLATE "C" NOT NULL,
    key BYTEA NOT NULL,
    fingerprint TEXT NOT NULL,
    reply TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (partition, key)
)
