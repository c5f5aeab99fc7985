-- How many articles there are of each category, tag, author, type and month, kept instead of counted at each reading.
--
-- Each copy adds one from the moment at which it begins and takes one off from that at which it ends; when it goes, both are
-- taken back. These changes are written beside the copies, in the same transaction, and are folded into the numbers when their
-- moment is past. Who reads adds to a number the changes that are past and not yet in it (`delivery.counts`): so it is exact in
-- each snapshot and at each moment, with nothing running.
--
-- Facets are `all`, `category` (with those above), `tag`, `author`, `type`, `month` (YYYY-MM in Vietnam), and
-- `month/{category}`: the months of one category.
CREATE TABLE published_counts (
    facet    text   NOT NULL,
    value    text   NOT NULL,
    articles bigint NOT NULL CHECK (articles >= 0),
    PRIMARY KEY (facet, value)
);

-- Whoever writes copies adds lines here and waits for nobody: of two who publish in the same category, neither holds a row that
-- the other needs.
CREATE TABLE published_count_changes (
    facet    text        NOT NULL,
    value    text        NOT NULL,
    at       timestamptz NOT NULL,
    articles bigint      NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX published_count_changes_by_moment ON published_count_changes (at);

-- Categories and tags of a copy know from when to when it is public: they are counted by themselves, also where they go after
-- their copy. Filling that in is no change of anything that is shown or found.
ALTER TABLE published_categories DISABLE TRIGGER USER, ADD starts_at timestamptz, ADD ends_at timestamptz;
ALTER TABLE published_tags DISABLE TRIGGER USER, ADD starts_at timestamptz, ADD ends_at timestamptz;
UPDATE published_categories c SET starts_at = a.starts_at, ends_at = a.ends_at
  FROM published_articles a WHERE a.publication_id = c.publication_id;
UPDATE published_tags t SET starts_at = a.starts_at, ends_at = a.ends_at
  FROM published_articles a WHERE a.publication_id = t.publication_id;
ALTER TABLE published_categories ENABLE TRIGGER USER, ALTER starts_at SET NOT NULL;
ALTER TABLE published_tags ENABLE TRIGGER USER, ALTER starts_at SET NOT NULL;

CREATE OR REPLACE FUNCTION published_article_filed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_categories (publication_id, category_id, article_id, published_at, starts_at, ends_at)
    SELECT NEW.publication_id, c.ancestor_id, NEW.article_id, NEW.published_at, NEW.starts_at, NEW.ends_at
      FROM category_ancestors c WHERE c.category_id = NEW.category_id;
    RETURN NULL;
END $$;

-- Whoever reads the times of a copy here lets nobody change them until the commit.
CREATE OR REPLACE FUNCTION published_tag_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT article_id, published_at, starts_at, ends_at
      INTO NEW.article_id, NEW.published_at, NEW.starts_at, NEW.ends_at
      FROM published_articles WHERE publication_id = NEW.publication_id FOR SHARE;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION category_link_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_categories (publication_id, category_id, article_id, published_at, starts_at, ends_at)
    SELECT publication_id, NEW.ancestor_id, article_id, published_at, starts_at, ends_at
      FROM published_articles WHERE category_id = NEW.category_id FOR SHARE
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION published_article_timed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE published_categories SET starts_at = NEW.starts_at, ends_at = NEW.ends_at
     WHERE publication_id = NEW.publication_id;
    UPDATE published_tags SET starts_at = NEW.starts_at, ends_at = NEW.ends_at WHERE publication_id = NEW.publication_id;
    RETURN NULL;
END $$;
CREATE TRIGGER published_article_timed AFTER UPDATE OF starts_at, ends_at ON published_articles
    FOR EACH ROW WHEN ((OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at))
    EXECUTE FUNCTION published_article_timed();

-- As it was, but for the times: the copy tells of them itself.
CREATE OR REPLACE FUNCTION published_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    times text[] := ARRAY['starts_at', 'ends_at'];
    copy published_articles;
BEGIN
    -- What is related is looked at when the article that says so is made.
    IF part ->> 'kind' = 'related' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - times = to_jsonb(NEW) - times THEN
        RETURN NULL;
    END IF;
    SELECT * INTO copy FROM published_articles WHERE publication_id = (part ->> 'publication_id')::uuid;
    IF NOT FOUND THEN
        PERFORM publication_told(ARRAY[TG_ARGV[0] || (part ->> TG_ARGV[1])]);
    ELSIF TG_OP <> 'INSERT' THEN
        PERFORM publication_told(ARRAY['everything']);
    ELSIF NOT lies_ahead(copy.starts_at) THEN
        PERFORM publication_told(ARRAY[TG_ARGV[0] || (part ->> TG_ARGV[1]), 'article/' || copy.article_id, 'articles']);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION month_in_vietnam(at timestamptz) RETURNS text LANGUAGE sql STABLE
    RETURN to_char(at AT TIME ZONE 'UTC' + interval '7 hours', 'YYYY-MM');

-- What each copy, its categories and its tags change, and when.
CREATE FUNCTION counts_of(copy published_articles)
    RETURNS TABLE (facet text, value text, at timestamptz, articles integer) LANGUAGE sql STABLE ROWS 4
BEGIN ATOMIC
    SELECT f.facet, f.value, m.at, m.articles
      FROM (VALUES ('all', ''), ('author', (copy).author_id::text), ('type', (copy).article_type),
                   ('month', month_in_vietnam((copy).published_at))) AS f (facet, value),
           (VALUES ((copy).starts_at, 1), ((copy).ends_at, -1)) AS m (at, articles)
     WHERE f.value IS NOT NULL AND m.at IS NOT NULL;
END;
CREATE FUNCTION counts_of(part published_categories)
    RETURNS TABLE (facet text, value text, at timestamptz, articles integer) LANGUAGE sql STABLE ROWS 2
BEGIN ATOMIC
    SELECT f.facet, f.value, m.at, m.articles
      FROM (VALUES ('category', (part).category_id::text),
                   ('month/' || (part).category_id, month_in_vietnam((part).published_at))) AS f (facet, value),
           (VALUES ((part).starts_at, 1), ((part).ends_at, -1)) AS m (at, articles)
     WHERE m.at IS NOT NULL;
END;
CREATE FUNCTION counts_of(part published_tags)
    RETURNS TABLE (facet text, value text, at timestamptz, articles integer) LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
    SELECT 'tag', (part).tag_id::text, m.at, m.articles
      FROM (VALUES ((part).starts_at, 1), ((part).ends_at, -1)) AS m (at, articles)
     WHERE m.at IS NOT NULL;
END;

-- Once a statement, whoever wrote it, and also where copies go with what they belong to. The table's name says which of the
-- functions above counts its rows.
DO $$
DECLARE
    name text;
    changes text := 'INSERT INTO published_count_changes
                     SELECT n.facet, n.value, n.at, %1$s sum(n.articles) FROM %2$s r, counts_of(r::%3$s) n
                      GROUP BY n.facet, n.value, n.at;';
BEGIN
    FOREACH name IN ARRAY ARRAY['published_articles', 'published_categories', 'published_tags'] LOOP
        EXECUTE format('CREATE FUNCTION %1$s_counted() RETURNS trigger LANGUAGE plpgsql AS $function$
                        BEGIN
                            IF TG_OP <> ''DELETE'' THEN %2$s END IF;
                            IF TG_OP <> ''INSERT'' THEN %3$s END IF;
                            RETURN NULL;
                        END $function$', name, format(changes, '', 'came', name), format(changes, '-', 'went', name));
        EXECUTE format('CREATE TRIGGER counted_new AFTER INSERT ON %1$s REFERENCING NEW TABLE AS came
                        FOR EACH STATEMENT WHEN (told_one_by_one()) EXECUTE FUNCTION %1$s_counted()', name);
        EXECUTE format('CREATE TRIGGER counted_other AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS went NEW TABLE AS came
                        FOR EACH STATEMENT WHEN (told_one_by_one()) EXECUTE FUNCTION %1$s_counted()', name);
        EXECUTE format('CREATE TRIGGER counted_gone AFTER DELETE ON %1$s REFERENCING OLD TABLE AS went
                        FOR EACH STATEMENT WHEN (told_one_by_one()) EXECUTE FUNCTION %1$s_counted()', name);
    END LOOP;
END $$;

-- What is past for whoever reads, on this server or a standby of it whose clock is a little behind. By the clock of now, not of
-- when the transaction began: it may have waited.
CREATE FUNCTION counts_settled() RETURNS timestamptz LANGUAGE sql VOLATILE
    RETURN delivery.clock() + (clock_timestamp() - now()) - interval '5 seconds';

-- Where the numbers differ from the copies, makes them right: after many copies were written in bulk, when nobody counted.
CREATE FUNCTION published_counts_set_right() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    past timestamptz;
BEGIN
    -- Of two at once, the second sees what the first has done.
    LOCK TABLE published_counts IN SHARE ROW EXCLUSIVE MODE;
    past := counts_settled();
    INSERT INTO published_count_changes
    SELECT facet, value, CASE WHEN at > past THEN at ELSE '-infinity' END, sum(articles)
      FROM (SELECT n.* FROM published_articles r, counts_of(r) n
             UNION ALL
            SELECT n.* FROM published_categories r, counts_of(r) n
             UNION ALL
            SELECT n.* FROM published_tags r, counts_of(r) n
             UNION ALL
            SELECT facet, value, '-infinity', -articles FROM published_counts
             UNION ALL
            SELECT facet, value, at, -articles FROM published_count_changes) differences
     GROUP BY 1, 2, 3 HAVING sum(articles) <> 0;
END $$;

-- Adds the changes that are past to the numbers, and says how many they were.
CREATE FUNCTION published_counts_fold() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    past timestamptz := counts_settled();
    folded integer;
BEGIN
    IF NOT EXISTS (SELECT FROM published_count_changes WHERE at <= past) THEN
        RETURN 0;
    END IF;
    -- Of two replicas at once, the second finds nothing left. Who publishes or reads waits for neither.
    LOCK TABLE published_counts IN SHARE ROW EXCLUSIVE MODE;
    past := counts_settled();
    WITH taken AS (DELETE FROM published_count_changes WHERE at <= past RETURNING facet, value, articles),
         sums AS (SELECT facet, value, sum(articles) AS articles FROM taken GROUP BY facet, value),
         known AS (UPDATE published_counts c SET articles = c.articles + s.articles
                     FROM sums s WHERE (c.facet, c.value) = (s.facet, s.value) AND s.articles <> 0),
         new AS (INSERT INTO published_counts
                 SELECT * FROM sums s WHERE articles <> 0
                    AND NOT EXISTS (SELECT FROM published_counts c WHERE (c.facet, c.value) = (s.facet, s.value)))
    SELECT count(*) INTO folded FROM taken;
    RETURN folded;
END $$;

CREATE OR REPLACE FUNCTION publication_bulk_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM publication_told(ARRAY['everything']);
    PERFORM published_counts_set_right();
    DELETE FROM publication_bulks WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;

SELECT published_counts_set_right();
SELECT published_counts_fold();

-- How many public articles there are of each; none has no row.
CREATE VIEW delivery.counts WITH (security_barrier) AS
SELECT facet, value, sum(articles)::bigint AS articles
  FROM (SELECT facet, value, articles FROM published_counts
         UNION ALL
        SELECT facet, value, articles FROM published_count_changes WHERE at <= delivery.clock()) counts
 GROUP BY facet, value HAVING sum(articles) > 0;

-- The same with the names of tags and authors: those that nothing public has are not there.
CREATE VIEW delivery.tag_counts WITH (security_barrier) AS
SELECT t.id, t.slug, t.name, c.articles
  FROM delivery.counts c JOIN tags t ON t.id = c.value::uuid WHERE c.facet = 'tag';
CREATE VIEW delivery.author_counts WITH (security_barrier) AS
SELECT a.id, a.name, c.articles
  FROM delivery.counts c JOIN authors a ON a.id = c.value::uuid WHERE c.facet = 'author';
