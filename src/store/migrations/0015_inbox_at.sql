CREATE INDEX IF NOT EXISTS inbox_at ON inbox (partition, at_us)
