-- name: set_regime
-- Says which law protects these profiles; null: unknown. Returns those for which it changed.
UPDATE consent.state SET regime = %(regime)s::text
WHERE
    state.profile_id = ANY(%(profile_ids)s::uuid[])
    AND state.regime IS DISTINCT FROM %(regime)s::text
RETURNING state.profile_id
