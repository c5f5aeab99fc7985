-- Many copies in one transaction beside a living service: told of once, and filed by one statement.

-- Who writes many new copies while others read and publish says so first (`publication_together()`). What the copies that come
-- change is then gathered once a statement instead of once a row, and told as the very last thing before the commit: the number
-- of the state, which everybody who publishes waits for, is held for no longer than that. What is changed or goes is told one by
-- one as always.
CREATE TABLE publication_batches (
    transaction xid8    PRIMARY KEY DEFAULT pg_current_xact_id(),
    at_last     boolean NOT NULL DEFAULT false
);
CREATE TABLE publication_batch_keys (
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    key         text COLLATE "C" NOT NULL,
    PRIMARY KEY (transaction, key)
);
CREATE FUNCTION publication_together() RETURNS void LANGUAGE sql AS $$
    INSERT INTO publication_batches DEFAULT VALUES ON CONFLICT DO NOTHING;
    SELECT set_config('tintuc.together', pg_current_xact_id()::text, true);
$$;
CREATE FUNCTION told_together() RETURNS boolean LANGUAGE sql STABLE RETURN
    coalesce(current_setting('tintuc.together', true), '') <> ''
    AND current_setting('tintuc.together') = pg_current_xact_id_if_assigned()::text;

CREATE FUNCTION publication_batch_over() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
BEGIN
    -- Once more to the end of what there is to do at the commit: all that was waiting is then done.
    IF NOT NEW.at_last THEN
        UPDATE publication_batches SET at_last = true WHERE transaction = NEW.transaction;
        RETURN NULL;
    END IF;
    WITH gathered AS (DELETE FROM publication_batch_keys WHERE transaction = NEW.transaction RETURNING key)
    SELECT array_agg(key) INTO keys FROM gathered;
    DELETE FROM publication_batches WHERE transaction = NEW.transaction;
    IF keys IS NOT NULL THEN
        PERFORM publication_told(keys);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER publication_batch_over AFTER INSERT OR UPDATE ON publication_batches
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_batch_over();

CREATE FUNCTION published_articles_gathered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO publication_batch_keys (key)
    SELECT 'nothing' UNION
    SELECT unnest(published_article_keys(c::published_articles)) FROM came c WHERE NOT lies_ahead(c.starts_at)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- The key begins with the first argument, the second is the column of the id, as for `published_part_changed`.
CREATE FUNCTION published_parts_gathered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO publication_batch_keys (key)
    SELECT DISTINCT k.key
      FROM came c CROSS JOIN to_jsonb(c) part
      JOIN published_articles a ON a.publication_id = c.publication_id
     CROSS JOIN unnest(ARRAY[TG_ARGV[0] || (part ->> TG_ARGV[1]), 'article/' || a.article_id, 'articles']) AS k (key)
     WHERE NOT lies_ahead(a.starts_at) AND part ->> 'kind' IS DISTINCT FROM 'related'
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER gathered AFTER INSERT ON published_articles REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT WHEN (told_together()) EXECUTE FUNCTION published_articles_gathered();
CREATE TRIGGER gathered AFTER INSERT ON published_categories REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT WHEN (told_together()) EXECUTE FUNCTION published_parts_gathered('category/', 'category_id');
CREATE TRIGGER gathered AFTER INSERT ON published_tags REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT WHEN (told_together()) EXECUTE FUNCTION published_parts_gathered('tag/', 'tag_id');
CREATE TRIGGER gathered AFTER INSERT ON published_media REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT WHEN (told_together()) EXECUTE FUNCTION published_parts_gathered('file/', 'media_id');
CREATE TRIGGER gathered AFTER INSERT ON published_links REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT WHEN (told_together()) EXECUTE FUNCTION published_parts_gathered('translations/', 'target_id');

-- As they were, but for what is gathered.
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
    ELSIF TG_OP <> 'INSERT' THEN
        PERFORM publication_told(ARRAY['everything']);
    ELSIF NOT lies_ahead(copy.starts_at) THEN
        PERFORM publication_told(ARRAY[TG_ARGV[0] || (part ->> TG_ARGV[1]), 'article/' || copy.article_id, 'articles']);
    END IF;
    RETURN NULL;
END $$;

-- Copies are filed by one statement, however many come.
DROP TRIGGER published_article_filed ON published_articles;
CREATE OR REPLACE FUNCTION published_article_filed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_categories (publication_id, category_id, article_id, published_at, starts_at, ends_at)
    SELECT a.publication_id, c.ancestor_id, a.article_id, a.published_at, a.starts_at, a.ends_at
      FROM came a JOIN category_ancestors c ON c.category_id = a.category_id;
    RETURN NULL;
END $$;
CREATE TRIGGER published_article_filed AFTER INSERT ON published_articles REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION published_article_filed();
