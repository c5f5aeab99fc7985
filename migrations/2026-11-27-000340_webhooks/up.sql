-- Webhooks: who is told of what, and what each was told.

CREATE TABLE webhooks (
    id             uuid PRIMARY KEY,
    url            text        NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    -- Whom it goes to: so many tries at once go to one host, whichever webhooks they are of.
    host           text        NOT NULL CHECK (length(host) BETWEEN 1 AND 300),
    description    text CHECK (length(description) BETWEEN 1 AND 500),
    events         text[]      NOT NULL CHECK (
        cardinality(events) > 0
        AND events <@ ARRAY['article.published', 'article.updated', 'article.unpublished', 'article.urgent']
    ),
    category_id    uuid REFERENCES categories,
    article_type   text REFERENCES article_types (code),
    -- 32 random bytes, sealed for this webhook by the service with a key that follows from the signing key.
    sealed         bytea       NOT NULL CHECK (length(sealed) = 60),
    -- The one before, for as long as it goes on signing beside the new one.
    sealed_before  bytea CHECK (length(sealed_before) = 60),
    before_until   timestamptz,
    paused_at      timestamptz,
    paused_reason  text CHECK (paused_reason IN ('requested', 'failing', 'gone')),
    -- Since when no try has succeeded of those that were made.
    failing_since  timestamptz,
    last_error     text CHECK (length(last_error) <= 500),
    -- The receiver has asked for so much rest.
    not_before     timestamptz,
    revision       bigint      NOT NULL DEFAULT 1,
    created_by     uuid        NOT NULL REFERENCES users,
    created_at     timestamptz NOT NULL,
    CHECK ((sealed_before IS NULL) = (before_until IS NULL)),
    CHECK ((paused_at IS NULL) = (paused_reason IS NULL))
);
-- Whose webhooks are paused: that is looked for with each inbox.
CREATE INDEX webhooks_by_maker ON webhooks (created_by);
CREATE INDEX webhooks_by_category ON webhooks (category_id);
CREATE INDEX webhooks_by_type ON webhooks (article_type);

-- What a receiver is told, once for each event and webhook.
CREATE TABLE webhook_deliveries (
    id             uuid PRIMARY KEY,
    -- The order in which things happened.
    number         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    webhook_id     uuid        NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    type           text        NOT NULL CHECK (
        type IN ('article.published', 'article.updated', 'article.unpublished', 'article.urgent', 'webhook.ping')
    ),
    -- No reference: what is gone for good has to be told, too.
    article_id     uuid CHECK ((article_id IS NULL) = (type = 'webhook.ping')),
    reason         text CHECK (reason IN ('withdrawn', 'expired', 'deleted', 'moved')),
    notice         text,
    happened_at    timestamptz NOT NULL,
    state          text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    tries          integer     NOT NULL DEFAULT 0 CHECK (tries >= 0),
    first_tried_at timestamptz,
    -- The last try: when it was, what was sent, and what came back.
    tried_at       timestamptz,
    took_ms        integer,
    request        jsonb,
    status         smallint,
    answer         text CHECK (length(answer) <= 4096),
    error          text CHECK (length(error) <= 500),
    CHECK ((reason IS NULL) = (type <> 'article.unpublished')),
    CHECK (notice IS NULL OR reason IS NOT NULL)
);
-- What waits for an article at a receiver, in order.
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, article_id, number) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, number);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook_id, state, number);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (happened_at);

-- What waits stands in lanes, one for each article at each receiver: the first of a lane is tried, and when it is done with, the
-- next. So the order is kept within an article, and one that fails holds up itself and nothing else.
CREATE TABLE webhook_lanes (
    webhook_id uuid        NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    article_id uuid        NOT NULL,
    -- When it is the lane's turn. While a try is under way: when it is another's, for the one who tries has been killed.
    due_at     timestamptz NOT NULL,
    -- The try under way.
    claim      uuid,
    PRIMARY KEY (webhook_id, article_id)
);
CREATE INDEX webhook_lanes_due ON webhook_lanes (webhook_id, due_at);
