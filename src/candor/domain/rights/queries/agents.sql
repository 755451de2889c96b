-- name: insert_agent
-- Keeps a new agent, or brings one back that was ended, with what is said of it now. A new key
-- ends the token that was given for the old one.
INSERT INTO rights.agent (
    agent_id, code, name, web_url, verify_key, is_trusted, added_by, added_at
)
VALUES (
    %(agent_id)s::uuid, %(code)s::text, %(name)s::text, %(web_url)s::text,
    %(verify_key)s::bytea, %(is_trusted)s::boolean, %(added_by)s::text,
    %(added_at)s::timestamptz
)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name,
    web_url = excluded.web_url,
    verify_key = excluded.verify_key,
    is_trusted = excluded.is_trusted,
    token_hash = CASE
        WHEN agent.verify_key = excluded.verify_key AND agent.ended_at IS NULL
            THEN agent.token_hash
    END,
    ended_at = NULL

-- name: agent_by_code
-- Returns an agent by its id in the directory; none when it is unknown.
SELECT
    agent.agent_id, agent.code, agent.name, agent.web_url, agent.verify_key, agent.token_hash,
    agent.token_at, agent.is_trusted, agent.added_by, agent.added_at, agent.ended_at
FROM rights.agent
WHERE agent.code = %(code)s::text

-- name: agent_by_token
-- Returns the agent to whom a token was given; none when it was given to nobody, or ended.
SELECT
    agent.agent_id, agent.code, agent.name, agent.web_url, agent.verify_key, agent.token_hash,
    agent.token_at, agent.is_trusted, agent.added_by, agent.added_at, agent.ended_at
FROM rights.agent
WHERE agent.token_hash = %(token_hash)s::bytea AND agent.ended_at IS NULL

-- name: agents
-- Returns all agents by name, those that ended too.
SELECT
    agent.agent_id, agent.code, agent.name, agent.web_url, agent.verify_key, agent.token_hash,
    agent.token_at, agent.is_trusted, agent.added_by, agent.added_at, agent.ended_at
FROM rights.agent
ORDER BY agent.ended_at IS NOT NULL, agent.name, agent.code

-- name: give_token
-- Gives an agent a token, unless one was given at or after the instant at which this was asked
-- for: so a request that was overheard gives nobody another one.
UPDATE rights.agent SET token_hash = %(token_hash)s::bytea, token_at = %(at)s::timestamptz
WHERE
    agent_id = %(agent_id)s::uuid AND ended_at IS NULL
    AND (token_at IS NULL OR token_at < %(issued_at)s::timestamptz)

-- name: end_agent
-- Lets an agent ask no more; touches none that ended already.
UPDATE rights.agent SET ended_at = %(at)s::timestamptz, token_hash = NULL
WHERE code = %(code)s::text AND ended_at IS NULL
