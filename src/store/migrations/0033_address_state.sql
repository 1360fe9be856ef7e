CREATE VIEW IF NOT EXISTS address_state AS
SELECT partition, id AS address, 'ALLOC' AS state, parent AS network, owner AS project, prefix, allocation,
    COALESCE(held_since_us, created_us) AS since_us, CAST(NULL AS BIGINT) AS until_us
FROM address
UNION ALL
SELECT partition, id, 'QUAR', parent, project, prefix, allocation, since_us, until_us
FROM address_rest
