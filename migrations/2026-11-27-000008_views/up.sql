-- Counting readers: views that arrive together are appended to a log as one row, with one commit. Every replica
-- folds the log in its order, and so comes to the same totals and the same half hours; totals and days are written
-- once a second from what was folded, beside a mark of how far (docs/decisions/0009). Totals are added to and never
-- overwritten: whoever else counts beside it is counted too.

-- How often each article was read. Room in each page, so that counting rewrites no index but the one by views.
CREATE TABLE view_totals (
    article_id uuid PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    views      bigint NOT NULL CHECK (views >= 0)
) WITH (fillfactor = 70);
-- The most viewed of all time.
CREATE INDEX view_totals_by_views ON view_totals (views DESC, article_id DESC);

CREATE TABLE view_batches (
    -- Taken under the lock of `append_views`: what is seen of the log is its beginning, without gaps to be filled.
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Given by the process, which finds its batch again by it when a commit's outcome is unknown.
    id         uuid        NOT NULL,
    counted_at timestamptz NOT NULL,
    -- One element for each view, in the same order. No foreign key: an article can be purged before its views are
    -- folded, and is then left out.
    articles   uuid[]      NOT NULL CHECK (cardinality(articles) > 0),
    -- Keyed digests of article and visitor, under the key of the day.
    visitors   bigint[]    NOT NULL CHECK (cardinality(visitors) = cardinality(articles)),
    -- The same under the key of the day before, while views of that day are less than half an hour old.
    earlier    bigint[]    CHECK (cardinality(earlier) = cardinality(articles))
) WITH (toast_tuple_target = 8160);

-- Digests do not compress, and a row of a few hundred views fits a page.
ALTER TABLE view_batches ALTER articles SET STORAGE EXTERNAL,
                         ALTER visitors SET STORAGE EXTERNAL,
                         ALTER earlier  SET STORAGE EXTERNAL;

-- Rows come in nearly the order of their time.
CREATE INDEX view_batches_by_time ON view_batches USING brin (counted_at) WITH (pages_per_range = 16);

-- Up to which batch the log is in the totals and days.
CREATE TABLE view_mark (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    folded bigint  NOT NULL
);
INSERT INTO view_mark (folded) VALUES (0);

-- Views by day of Asia/Ho_Chi_Minh. Room in each page, and `views` in no index, so that counting rewrites no index.
CREATE TABLE view_days (
    article_id uuid   NOT NULL REFERENCES articles ON DELETE CASCADE,
    day        date   NOT NULL,
    views      bigint NOT NULL CHECK (views > 0),
    PRIMARY KEY (article_id, day)
) WITH (fillfactor = 70);
CREATE INDEX view_days_by_day ON view_days (day, article_id);

-- Appends a batch and answers everything in the log behind `seen`, this batch included. Held to the end of the
-- transaction, the lock makes the order of numbers the order of commits. Each statement in here sees what was
-- committed before it, for the function is volatile. A batch that is there already is not appended again.
CREATE FUNCTION append_views(batch uuid, articles uuid[], visitors bigint[], earlier bigint[], seen bigint)
RETURNS SETOF view_batches LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(29807);
    IF NOT EXISTS (SELECT FROM view_batches b WHERE b.number > seen AND b.id = batch) THEN
        INSERT INTO view_batches (id, counted_at, articles, visitors, earlier)
        VALUES (batch, delivery.clock(), articles, visitors, earlier);
    END IF;
    RETURN QUERY SELECT * FROM view_batches b WHERE b.number > seen ORDER BY b.number;
END
$$;
REVOKE EXECUTE ON FUNCTION append_views FROM PUBLIC;

CREATE VIEW delivery.view_totals AS
SELECT v.article_id, v.views FROM view_totals v
 WHERE EXISTS (SELECT FROM delivery.articles a WHERE a.article_id = v.article_id);

CREATE VIEW delivery.view_days AS
SELECT d.article_id, d.day, d.views FROM view_days d
 WHERE EXISTS (SELECT FROM delivery.articles a WHERE a.article_id = d.article_id);
