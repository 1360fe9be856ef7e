CREATE TABLE IF NOT EXISTS federation_item (
    partition TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    parent TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (partition, id)
)
