-- What was done under an `Idempotency-Key`, for a day. A row is written in the transaction of the write that it stands for, so
-- no crash comes between the two; what was answered follows, unless it may not be kept.
CREATE TABLE idempotency_keys (
    -- A digest of the caller, the path and the key.
    id          bytea PRIMARY KEY CHECK (octet_length(id) = 32),
    -- The request that did it: the event log tells what that was.
    request_id  uuid        NOT NULL,
    made_at     timestamptz NOT NULL,
    -- What the caller held then: who has lost any of it since is not given the answer.
    held        text[],
    -- What was sent.
    sent_sha256 bytea CHECK (octet_length(sent_sha256) = 32),
    sent_size   bigint CHECK (sent_size >= 0),
    status      smallint CHECK (status BETWEEN 200 AND 499),
    headers     jsonb,
    body        bytea,
    CHECK (num_nonnulls(held, sent_sha256, sent_size, status, headers, body) IN (0, 6))
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (made_at);
