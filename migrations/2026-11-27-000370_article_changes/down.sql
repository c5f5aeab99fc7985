DROP VIEW delivery.removals, delivery.article_moments, delivery.filing, delivery.article_changes;
DROP TRIGGER named_otherwise ON categories;
DROP TRIGGER named_otherwise ON article_types;
DROP TRIGGER named_otherwise ON authors;
DROP TRIGGER named_otherwise ON tags;
DROP FUNCTION named_otherwise();

-- As they were.
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
CREATE OR REPLACE FUNCTION published_articles_gathered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO publication_batch_keys (key)
    SELECT 'nothing' UNION
    SELECT unnest(published_article_keys(c::published_articles)) FROM came c WHERE NOT lies_ahead(c.starts_at)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION publication_batch_over() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION publication_bulk_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM publication_told(ARRAY['everything']);
    PERFORM published_counts_set_right();
    DELETE FROM publication_bulks WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;

DROP FUNCTION article_changes_set_right(), articles_changed(uuid[]), published_article_filing(published_articles);
DROP TABLE article_changes;
