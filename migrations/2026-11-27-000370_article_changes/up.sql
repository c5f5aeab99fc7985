-- Which state changed each article last: the log that partners follow. It is written by the triggers that tell caches what has
-- changed, in the same transaction and under the same number, so that its order is that of the commits.
--
-- One row for each article that was public, is, or is to be; each change moves it to the end. So the log never grows beyond the
-- articles, a full pass is the log from its beginning, and whoever was away for long gets the last state of each and not all
-- between. An article that is gone for good leaves its row: it has to be told too, until everybody knows (`publication/changes.rs`
-- forgets it then).
CREATE TABLE article_changes (
    article_id  uuid PRIMARY KEY,
    -- The number of the state that changed it last.
    generation  bigint      NOT NULL,
    -- That of the state in which the rest of this row was written.
    noted       bigint      NOT NULL,
    -- That of the state which made it public, as far as that was not done by the clock.
    appeared    bigint      NOT NULL DEFAULT 0,
    -- Its last publication that is or will be urgent, and the state that brought it.
    alert       uuid,
    alerted     bigint      NOT NULL DEFAULT 0,
    -- When it was or will be public, by the copies that there were when it changed last.
    shown       tstzmultirange NOT NULL,
    -- From when on anybody may know of it: a row of what was never public is nobody's business.
    public_from timestamptz NOT NULL,
    -- That was called off before the clock came to it. Only who has seen a clock that was further on hears of that: they may
    -- have seen the article too.
    called_off  boolean     NOT NULL DEFAULT false,
    -- What it is filed under or has ever been, as keys of `publication_changes`: who follows a part of the articles is told
    -- of what leaves it, and of nothing that was never in it.
    filed       text[] COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX article_changes_in_order ON article_changes (generation, article_id);

-- What a copy is filed under.
CREATE FUNCTION published_article_filing(copy published_articles) RETURNS text[] LANGUAGE sql STABLE RETURN
    ARRAY['type/' || copy.article_type, 'locale/' || copy.locale]
    || ARRAY(SELECT 'category/' || category_id FROM published_categories c WHERE c.publication_id = copy.publication_id)
    || ARRAY(SELECT 'tag/' || tag_id FROM published_tags t WHERE t.publication_id = copy.publication_id);

-- These articles have changed: called as one of the last things before a commit, when all that is to be said of them is there,
-- so that once a transaction is enough for each.
CREATE FUNCTION articles_changed(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state bigint := publication_raised();
BEGIN
    ids := ARRAY(SELECT id FROM unnest(ids) AS id
                  WHERE NOT EXISTS (SELECT FROM article_changes c WHERE c.article_id = id AND c.noted = state));
    IF ids = '{}' THEN
        RETURN;
    END IF;
    INSERT INTO article_changes AS c (article_id, generation, noted, appeared, alert, alerted, shown, public_from, filed)
    SELECT a.article_id, state, state, state,
           (array_agg(a.publication_id ORDER BY a.starts_at DESC) FILTER (WHERE a.urgent_until > delivery.clock()))[1], state,
           range_agg(tstzrange(a.starts_at, a.ends_at)), min(a.starts_at),
           ARRAY(SELECT DISTINCT key FROM published_articles b CROSS JOIN unnest(published_article_filing(b)) AS key
                  WHERE b.article_id = a.article_id)
      FROM published_articles a WHERE a.article_id = ANY(ids) GROUP BY a.article_id
    ON CONFLICT (article_id) DO UPDATE SET
        generation = EXCLUDED.generation,
        noted = EXCLUDED.noted,
        appeared = CASE WHEN c.shown @> delivery.clock() THEN c.appeared ELSE EXCLUDED.appeared END,
        alert = coalesce(EXCLUDED.alert, c.alert),
        alerted = CASE WHEN EXCLUDED.alert <> c.alert OR c.alert IS NULL THEN EXCLUDED.alerted ELSE c.alerted END,
        shown = EXCLUDED.shown,
        public_from = CASE WHEN c.public_from <= delivery.clock() AND NOT c.called_off THEN c.public_from
                           ELSE EXCLUDED.public_from END,
        called_off = false,
        filed = ARRAY(SELECT DISTINCT unnest(c.filed || EXCLUDED.filed)),
        at = EXCLUDED.at;
    -- Of which no copy is left.
    UPDATE article_changes c
       SET generation = state, noted = state, shown = '{}', at = clock_timestamp(),
           called_off = called_off OR public_from > delivery.clock()
     WHERE c.article_id = ANY(ids) AND c.noted <> state;
    -- Who shows them as a translation, in whichever direction.
    UPDATE article_changes c SET generation = state, at = clock_timestamp()
     WHERE c.generation <> state
       AND c.article_id IN (
            SELECT a.article_id FROM published_links l JOIN published_articles a USING (publication_id)
             WHERE l.kind = 'translation' AND l.target_id = ANY(ids)
             UNION ALL
            SELECT l.target_id FROM published_links l JOIN published_articles a USING (publication_id)
             WHERE l.kind = 'translation' AND a.article_id = ANY(ids));
END $$;

-- Whatever is called otherwise is called so in each article that shows it.
CREATE FUNCTION named_otherwise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state bigint := publication_raised();
    named jsonb := to_jsonb(NEW);
BEGIN
    UPDATE article_changes c SET generation = state, at = clock_timestamp()
     WHERE c.generation <> state
       AND c.article_id IN (
            SELECT article_id FROM published_categories
             WHERE TG_TABLE_NAME = 'categories' AND category_id = (named ->> 'id')::uuid
             UNION ALL
            SELECT article_id FROM published_articles
             WHERE TG_TABLE_NAME = 'article_types' AND article_type = named ->> 'code'
             UNION ALL
            SELECT article_id FROM published_articles
             WHERE TG_TABLE_NAME = 'authors' AND author_id = (named ->> 'id')::uuid
             UNION ALL
            -- What was merged is found by the slug of the one that is left.
            SELECT article_id FROM published_tags
             WHERE TG_TABLE_NAME = 'tags' AND tag_id IN ((named ->> 'id')::uuid, (named ->> 'merged_into')::uuid));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER named_otherwise AFTER UPDATE OF name, slug ON categories
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION named_otherwise();
CREATE CONSTRAINT TRIGGER named_otherwise AFTER UPDATE OF name ON article_types
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION named_otherwise();
CREATE CONSTRAINT TRIGGER named_otherwise AFTER UPDATE OF name ON authors
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION named_otherwise();
CREATE CONSTRAINT TRIGGER named_otherwise AFTER UPDATE OF name, slug, merged_into ON tags
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION named_otherwise();

-- As before, and what has changed is noted for partners too: also of what lies ahead, for clocks step back.
CREATE OR REPLACE FUNCTION published_article_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := ARRAY['nothing'];
BEGIN
    IF TG_OP = 'INSERT' AND told_together() THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND NOT lies_ahead(OLD.starts_at) THEN
        keys := keys || published_article_keys(OLD);
    END IF;
    IF TG_OP <> 'DELETE' AND NOT lies_ahead(NEW.starts_at) THEN
        keys := keys || published_article_keys(NEW);
    END IF;
    PERFORM publication_told(keys);
    PERFORM articles_changed(ARRAY[CASE TG_OP WHEN 'DELETE' THEN OLD.article_id ELSE NEW.article_id END]);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION published_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part jsonb;
    times text[] := ARRAY['starts_at', 'ends_at'];
    copy published_articles;
BEGIN
    IF TG_OP = 'INSERT' AND told_together() THEN
        RETURN NULL;
    END IF;
    part := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
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
        -- Of a link the other end is left.
        UPDATE article_changes SET generation = publication_raised(), at = clock_timestamp()
         WHERE article_id = (part ->> 'target_id')::uuid AND generation <> publication_raised();
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM publication_told(ARRAY['everything']);
    ELSIF NOT lies_ahead(copy.starts_at) THEN
        PERFORM publication_told(ARRAY[TG_ARGV[0] || (part ->> TG_ARGV[1]), 'article/' || copy.article_id, 'articles']);
    END IF;
    PERFORM articles_changed(ARRAY[copy.article_id]);
    RETURN NULL;
END $$;

-- The same of those that come together. Of what lies ahead caches are not told.
CREATE OR REPLACE FUNCTION published_articles_gathered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO publication_batch_keys (key)
    SELECT 'nothing' UNION
    SELECT 'noted/' || article_id FROM came UNION
    SELECT unnest(published_article_keys(c::published_articles)) FROM came c WHERE NOT lies_ahead(c.starts_at)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION publication_batch_over() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    noted uuid[];
BEGIN
    -- Once more to the end of what there is to do at the commit: all that was waiting is then done.
    IF NOT NEW.at_last THEN
        UPDATE publication_batches SET at_last = true WHERE transaction = NEW.transaction;
        RETURN NULL;
    END IF;
    WITH gathered AS (DELETE FROM publication_batch_keys WHERE transaction = NEW.transaction RETURNING key)
    SELECT array_agg(key) FILTER (WHERE key NOT LIKE 'noted/%'),
           array_agg(substr(key, 7)::uuid) FILTER (WHERE key LIKE 'noted/%')
      INTO keys, noted FROM gathered;
    DELETE FROM publication_batches WHERE transaction = NEW.transaction;
    IF keys IS NOT NULL THEN
        PERFORM publication_told(keys);
        PERFORM articles_changed(coalesce(noted, '{}'));
    END IF;
    RETURN NULL;
END $$;

-- Of what was written in bulk nothing is known one by one: all that there is has changed.
CREATE FUNCTION article_changes_set_right() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state bigint := publication_raised();
BEGIN
    INSERT INTO article_changes AS c (article_id, generation, noted, appeared, alert, alerted, shown, public_from, filed)
    SELECT a.article_id, state, state, state,
           (array_agg(a.publication_id ORDER BY a.starts_at DESC) FILTER (WHERE a.urgent_until > delivery.clock()))[1], state,
           range_agg(tstzrange(a.starts_at, a.ends_at)), min(a.starts_at),
           array_agg(DISTINCT k.key)
      FROM published_articles a
      JOIN (SELECT publication_id, 'category/' || category_id AS key FROM published_categories
             UNION ALL
            SELECT publication_id, 'tag/' || tag_id FROM published_tags
             UNION ALL
            SELECT publication_id, 'type/' || article_type FROM published_articles
             UNION ALL
            SELECT publication_id, 'locale/' || locale FROM published_articles) k USING (publication_id)
     GROUP BY a.article_id
    ON CONFLICT (article_id) DO UPDATE SET
        generation = EXCLUDED.generation,
        noted = EXCLUDED.noted,
        appeared = CASE WHEN c.shown @> delivery.clock() THEN c.appeared ELSE EXCLUDED.appeared END,
        alert = coalesce(EXCLUDED.alert, c.alert),
        alerted = CASE WHEN EXCLUDED.alert <> c.alert OR c.alert IS NULL THEN EXCLUDED.alerted ELSE c.alerted END,
        shown = EXCLUDED.shown,
        public_from = CASE WHEN c.called_off THEN EXCLUDED.public_from ELSE least(c.public_from, EXCLUDED.public_from) END,
        called_off = false,
        filed = ARRAY(SELECT DISTINCT unnest(c.filed || EXCLUDED.filed)),
        at = EXCLUDED.at;
    UPDATE article_changes SET generation = state, noted = state, shown = '{}', at = clock_timestamp() WHERE noted <> state;
END $$;
CREATE OR REPLACE FUNCTION publication_bulk_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM publication_told(ARRAY['everything']);
    PERFORM published_counts_set_right();
    PERFORM article_changes_set_right();
    DELETE FROM publication_bulks WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;

-- What was published until now.
INSERT INTO article_changes (article_id, generation, noted, shown, public_from, filed)
SELECT p.article_id, 0, 0, '{}', min(p.starts_at), '{}'
  FROM publications p GROUP BY p.article_id;
SELECT article_changes_set_right();

-- What partners follow. Of what was never public there is at most that it was called off.
CREATE VIEW delivery.article_changes WITH (security_barrier) AS
SELECT article_id, generation, appeared, CASE WHEN alert IS NULL THEN 0 ELSE alerted END AS alerted, filed, at,
       called_off, public_from
  FROM article_changes WHERE called_off OR public_from <= delivery.clock();

-- What those that are public are filed under now.
CREATE VIEW delivery.filing WITH (security_barrier) AS
SELECT a.article_id,
       ARRAY['type/' || a.article_type, 'locale/' || a.locale]
       || ARRAY(SELECT 'category/' || category_id FROM published_categories c WHERE c.publication_id = a.publication_id)
       || ARRAY(SELECT 'tag/' || tag_id FROM published_tags t WHERE t.publication_id = a.publication_id) AS filed
  FROM published_articles a
 WHERE a.starts_at <= delivery.clock() AND (a.ends_at IS NULL OR a.ends_at > delivery.clock());

-- The same for what the clock has done: at which moments a copy appeared or disappeared, of which article, and of those that
-- show it as a translation; and whether the article was public just before.
CREATE VIEW delivery.article_moments WITH (security_barrier) AS
SELECT m.at, o.article_id, m.begins AND o.article_id = m.article_id
       AND NOT EXISTS (SELECT FROM published_articles b WHERE b.article_id = m.article_id AND b.ends_at = m.at) AS appears,
       m.begins AND m.urgent AND o.article_id = m.article_id AS alerts
  FROM (SELECT starts_at AS at, publication_id, article_id, true AS begins, urgent_until IS NOT NULL AS urgent
          FROM published_articles
         WHERE starts_at <= delivery.clock()
         UNION ALL
        SELECT ends_at, publication_id, article_id, false, false FROM published_articles WHERE ends_at <= delivery.clock()) m
 CROSS JOIN LATERAL (
        SELECT m.article_id
         UNION ALL
        SELECT target_id FROM published_links l WHERE l.publication_id = m.publication_id AND l.kind = 'translation'
         UNION ALL
        SELECT a.article_id FROM published_links l JOIN published_articles a USING (publication_id)
         WHERE l.target_id = m.article_id AND l.kind = 'translation') o;

-- What was public and is not: since when, why, and what is said of it.
CREATE VIEW delivery.removals WITH (security_barrier) AS
SELECT c.article_id, coalesce(p.at, c.at) AS at, coalesce(p.reason, 'deleted') AS reason, p.notice
  FROM article_changes c
  LEFT JOIN LATERAL (
        SELECT least(ended_at, expires_at) AS at, notice,
               CASE WHEN ended_at IS NULL OR expires_at <= ended_at THEN 'expired' ELSE end_reason END AS reason
          FROM publications p
         WHERE p.article_id = c.article_id AND p.starts_at <= delivery.clock()
         ORDER BY p.starts_at DESC, p.id DESC LIMIT 1) p ON true
 WHERE c.public_from <= delivery.clock() AND NOT c.called_off
   AND NOT EXISTS (SELECT FROM published_articles a WHERE a.article_id = c.article_id AND a.starts_at <= delivery.clock()
                      AND (a.ends_at IS NULL OR a.ends_at > delivery.clock()));
