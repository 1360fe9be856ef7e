CREATE INDEX IF NOT EXISTS address_parent ON address (partition, parent) WHERE parent <> ''
