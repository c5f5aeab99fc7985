-- What pieces are paid by, for royalties that are worked out: the table of the highest revision counts, the others are its
-- history. Amounts are in the currency's smallest unit, as in `royalties`.
CREATE TABLE royalty_rate_tables (
    revision integer PRIMARY KEY CHECK (revision > 0),
    currency text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    set_by   uuid        NOT NULL REFERENCES users,
    set_at   timestamptz NOT NULL
);
CREATE TABLE royalty_rates (
    revision     integer NOT NULL REFERENCES royalty_rate_tables ON DELETE CASCADE,
    -- A type that nothing uses may go, and takes its rates along.
    article_type text    NOT NULL REFERENCES article_types ON UPDATE CASCADE ON DELETE CASCADE,
    base         bigint  NOT NULL CHECK (base BETWEEN 0 AND 1000000000000),
    per_page     bigint  NOT NULL CHECK (per_page BETWEEN 0 AND 1000000000000),
    per_photo    bigint  NOT NULL CHECK (per_photo BETWEEN 0 AND 1000000000000),
    PRIMARY KEY (revision, article_type)
);
