CREATE INDEX IF NOT EXISTS address_history_until ON address_history (partition, until_us)
