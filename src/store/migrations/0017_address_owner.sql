CREATE INDEX IF NOT EXISTS address_owner ON address (partition, owner) WHERE owner <> ''
