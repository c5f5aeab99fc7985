DROP TRIGGER published_article_filed ON published_articles;
CREATE OR REPLACE FUNCTION published_article_filed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_categories (publication_id, category_id, article_id, published_at, starts_at, ends_at)
    SELECT NEW.publication_id, c.ancestor_id, NEW.article_id, NEW.published_at, NEW.starts_at, NEW.ends_at
      FROM category_ancestors c WHERE c.category_id = NEW.category_id;
    RETURN NULL;
END $$;
CREATE TRIGGER published_article_filed AFTER INSERT ON published_articles
    FOR EACH ROW EXECUTE FUNCTION published_article_filed();

CREATE OR REPLACE FUNCTION published_article_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER gathered ON published_articles;
DROP TRIGGER gathered ON published_categories;
DROP TRIGGER gathered ON published_tags;
DROP TRIGGER gathered ON published_media;
DROP TRIGGER gathered ON published_links;
DROP FUNCTION published_articles_gathered(), published_parts_gathered();
DROP TABLE publication_batches, publication_batch_keys;
DROP FUNCTION publication_batch_over(), publication_together(), told_together();
