CREATE INDEX IF NOT EXISTS network_owner ON network (partition, owner) WHERE owner <> ''
