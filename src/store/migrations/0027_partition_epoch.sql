CREATE TABLE IF NOT EXISTS partition_epoch (
    partition TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (partition)
)
