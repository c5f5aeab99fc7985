-- What each state of what is public changed, so that whoever keeps answers can tell which of them are outdated. Beside the
-- number of the state, and in the same transaction: whoever sees the number sees what it changed, in the order of commits,
-- also on a hot standby.
--
-- A change is told by keys: `article/{id}` is what an article shows, wherever it is shown; `file/{id}` a file of it; `translations/{id}` which articles
-- say that they translate it; and what
-- it is, was or will be a member of: `articles`, `category/{id}` (with those above), `tag/{id}`, `author/{id}`, `type/{code}`,
-- `locale/{tag}`, `featured/{true|false}`, `month/{YYYY-MM}` (of its date in Vietnam). `everything` is what nobody looked at
-- more closely: names of categories, types, tags and authors, and any table that is to come. `nothing` is a publication that
-- lies ahead. A state of which no key is told has changed everything.
CREATE TABLE publication_changes (
    generation bigint      NOT NULL,
    key        text COLLATE "C" NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (generation, key)
);

-- The number of this transaction's state: one more than that of the last commit. Who has it is alone until the commit.
CREATE FUNCTION publication_raised() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    raised bigint;
BEGIN
    IF current_setting('tintuc.announced', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        UPDATE publication_state SET generation = generation + 1 RETURNING generation INTO raised;
        PERFORM pg_notify('tintuc_publication', '');
        PERFORM set_config('tintuc.announced', pg_current_xact_id()::text, true);
        PERFORM set_config('tintuc.raised', raised::text, true);
    END IF;
    RETURN current_setting('tintuc.raised')::bigint;
END $$;

CREATE FUNCTION publication_told(keys text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO publication_changes (generation, key) SELECT publication_raised(), key FROM unnest(keys) AS key
        ON CONFLICT DO NOTHING
$$;

CREATE OR REPLACE FUNCTION publication_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM publication_told(ARRAY['everything']);
    RETURN NULL;
END $$;

-- A copy by itself. Its categories, tags and files are in tables of their own.
CREATE FUNCTION published_article_keys(copy published_articles) RETURNS text[] LANGUAGE sql STABLE RETURN
    array_remove(ARRAY['articles', 'article/' || copy.article_id, 'author/' || copy.author_id, 'type/' || copy.article_type,
                       'locale/' || copy.locale, 'featured/' || copy.featured,
                       'month/' || to_char(copy.published_at AT TIME ZONE 'UTC' + interval '7 hours', 'YYYY-MM')], NULL);

-- Whether a copy lies so far ahead that the clock will tell of it. What begins within a minute is told at once: nobody has to
-- know whether it began before or after the commit was seen.
CREATE FUNCTION lies_ahead(starts_at timestamptz) RETURNS boolean LANGUAGE sql STABLE
    RETURN starts_at > delivery.clock() + interval '1 minute';

CREATE FUNCTION published_article_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := ARRAY['nothing'];
BEGIN
    IF TG_OP <> 'INSERT' AND NOT lies_ahead(OLD.starts_at) THEN
        keys := keys || published_article_keys(OLD);
    END IF;
    IF TG_OP <> 'DELETE' AND NOT lies_ahead(NEW.starts_at) THEN
        keys := keys || published_article_keys(NEW);
    END IF;
    PERFORM publication_told(keys);
    RETURN NULL;
END $$;

-- What a copy is in, bears or uses, which comes and goes with it: the key begins with the first argument, the second is the
-- column of the id. Where it changes while the copy stays, nobody looks more closely.
CREATE FUNCTION published_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    copy published_articles;
BEGIN
    -- What is related is looked at when the article that says so is made.
    IF part ->> 'kind' = 'related' THEN
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

-- Who writes thousands of copies in a transaction says so before: it has then changed everything, and nothing is told one by
-- one.
CREATE TABLE publication_bulks (
    transaction xid8 PRIMARY KEY DEFAULT pg_current_xact_id()
);
CREATE FUNCTION publication_in_bulk() RETURNS void LANGUAGE sql AS $$
    INSERT INTO publication_bulks DEFAULT VALUES ON CONFLICT DO NOTHING;
    SELECT set_config('tintuc.in_bulk', pg_current_xact_id()::text, true);
$$;
CREATE FUNCTION told_one_by_one() RETURNS boolean LANGUAGE sql STABLE RETURN
    coalesce(current_setting('tintuc.in_bulk', true), '') = ''
    OR current_setting('tintuc.in_bulk') <> pg_current_xact_id_if_assigned()::text;
CREATE FUNCTION publication_bulk_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM publication_told(ARRAY['everything']);
    DELETE FROM publication_bulks WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER publication_bulk_over AFTER INSERT ON publication_bulks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_bulk_over();

-- Tables of what is shown are locked here for the moment that it takes; who publishes waits for that long.
DROP TRIGGER publication_changed ON published_articles;
DROP TRIGGER publication_changed ON published_tags;
DROP TRIGGER publication_changed ON published_links;
CREATE CONSTRAINT TRIGGER published_article_changed AFTER INSERT OR UPDATE OR DELETE ON published_articles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (told_one_by_one()) EXECUTE FUNCTION published_article_changed();
CREATE CONSTRAINT TRIGGER published_part_changed AFTER INSERT OR UPDATE OR DELETE ON published_categories
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (told_one_by_one()) EXECUTE FUNCTION published_part_changed('category/', 'category_id');
CREATE CONSTRAINT TRIGGER published_part_changed AFTER INSERT OR UPDATE OR DELETE ON published_tags
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (told_one_by_one()) EXECUTE FUNCTION published_part_changed('tag/', 'tag_id');
CREATE CONSTRAINT TRIGGER published_part_changed AFTER INSERT OR UPDATE OR DELETE ON published_media
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (told_one_by_one()) EXECUTE FUNCTION published_part_changed('file/', 'media_id');
-- A translation is shown at its target too.
CREATE CONSTRAINT TRIGGER published_part_changed AFTER INSERT OR UPDATE OR DELETE ON published_links
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (told_one_by_one()) EXECUTE FUNCTION published_part_changed('translations/', 'target_id');

-- What caches ask for, beside the state.
CREATE VIEW delivery.changes WITH (security_barrier) AS SELECT generation, key FROM publication_changes;

-- The same for what the clock does: at which moments a copy appears or disappears, and what that changes.
CREATE VIEW delivery.moments WITH (security_barrier) AS
SELECT m.at, k.key
  FROM (SELECT publication_id, starts_at AS at FROM published_articles
         UNION ALL
        SELECT publication_id, ends_at FROM published_articles WHERE ends_at IS NOT NULL) m
 CROSS JOIN LATERAL (
        SELECT unnest(published_article_keys(a)) AS key FROM published_articles a WHERE a.publication_id = m.publication_id
         UNION ALL
        SELECT 'category/' || c.category_id FROM published_categories c WHERE c.publication_id = m.publication_id
         UNION ALL
        SELECT 'tag/' || t.tag_id FROM published_tags t WHERE t.publication_id = m.publication_id
         UNION ALL
        SELECT 'file/' || f.media_id FROM published_media f WHERE f.publication_id = m.publication_id
         UNION ALL
        SELECT 'translations/' || l.target_id FROM published_links l
         WHERE l.publication_id = m.publication_id AND l.kind = 'translation') k;
