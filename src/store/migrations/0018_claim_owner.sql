CREATE INDEX IF NOT EXISTS claim_owner ON claim (partition, owner) WHERE owner <> ''
