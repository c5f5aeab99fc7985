DROP VIEW delivery.author_counts, delivery.tag_counts, delivery.counts;
CREATE OR REPLACE FUNCTION publication_bulk_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM publication_told(ARRAY['everything']);
    DELETE FROM publication_bulks WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;
DROP FUNCTION published_counts_fold(), published_counts_set_right(), counts_settled();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['published_articles', 'published_categories', 'published_tags'] LOOP
        EXECUTE format('DROP TRIGGER counted_new ON %1$s', name);
        EXECUTE format('DROP TRIGGER counted_other ON %1$s', name);
        EXECUTE format('DROP TRIGGER counted_gone ON %1$s', name);
        EXECUTE format('DROP FUNCTION %1$s_counted()', name);
        EXECUTE format('DROP FUNCTION counts_of(%1$s)', name);
    END LOOP;
END $$;
DROP FUNCTION month_in_vietnam(timestamptz);
CREATE OR REPLACE FUNCTION published_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER published_article_timed ON published_articles;
DROP FUNCTION published_article_timed();
CREATE OR REPLACE FUNCTION category_link_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_categories (publication_id, category_id, article_id, published_at)
    SELECT publication_id, NEW.ancestor_id, article_id, published_at
      FROM published_articles WHERE category_id = NEW.category_id
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION published_tag_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT article_id, published_at INTO NEW.article_id, NEW.published_at
      FROM published_articles WHERE publication_id = NEW.publication_id;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION published_article_filed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_categories (publication_id, category_id, article_id, published_at)
    SELECT NEW.publication_id, c.ancestor_id, NEW.article_id, NEW.published_at
      FROM category_ancestors c WHERE c.category_id = NEW.category_id;
    RETURN NULL;
END $$;
ALTER TABLE published_tags DROP starts_at, DROP ends_at;
ALTER TABLE published_categories DROP starts_at, DROP ends_at;
DROP TABLE published_count_changes, published_counts;
