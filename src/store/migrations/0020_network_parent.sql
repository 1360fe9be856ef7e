CREATE INDEX IF NOT EXISTS network_parent ON network (partition, parent) WHERE parent <> ''
