CREATE INDEX IF NOT EXISTS machine_owner ON machine (partition, owner) WHERE owner <> ''
