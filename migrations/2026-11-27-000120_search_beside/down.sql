-- The terms of copies are written by triggers again, and all of them now.
-- At commit, when the tags are there too. A copy that has its terms already came by a bulk load.
CREATE FUNCTION search_follows_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NOT EXISTS (SELECT FROM published_search WHERE publication_id = NEW.publication_id) THEN
        PERFORM search_refresh(ARRAY[NEW.publication_id]);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER search_follows_copy
    AFTER INSERT OR UPDATE OF card, rest, published_at, featured, author_id, category_id, article_type, locale
    ON published_articles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION search_follows_copy();

-- Copies that have their terms already, and whose tags change: a merge of two tags.
CREATE FUNCTION search_follows_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(ARRAY(
        SELECT publication_id FROM published_search JOIN (SELECT DISTINCT publication_id FROM changed) c USING (publication_id)));
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_new_tags AFTER INSERT ON published_tags
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_follows_tags();
CREATE TRIGGER search_follows_other_tags AFTER UPDATE ON published_tags
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_follows_tags();
CREATE TRIGGER search_follows_fewer_tags AFTER DELETE ON published_tags
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_follows_tags();

CREATE FUNCTION search_follows_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(ARRAY(SELECT DISTINCT publication_id FROM published_tags WHERE tag_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_name AFTER UPDATE OF name ON tags
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION search_follows_name();

CREATE OR REPLACE FUNCTION delivery.suggest_tags(condition text, wanted bigint) RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    sought tsquery := condition;
BEGIN
    RETURN QUERY
    WITH met AS MATERIALIZED (
        SELECT t.id, t.slug, t.name FROM delivery.tag_terms t WHERE t.terms @@ sought ORDER BY length(t.name), t.id LIMIT 200)
    SELECT m.id, m.slug, m.name FROM met m
     ORDER BY (SELECT count(*) FROM (SELECT FROM delivery.article_tags a WHERE a.tag_id = m.id LIMIT 100) live) DESC,
              length(m.name), m.name
     LIMIT wanted;
END $$;
DROP VIEW delivery.tag_terms, delivery.article_tag_names;
CREATE VIEW delivery.tag_terms AS
SELECT id, slug, name, terms FROM tags
 WHERE EXISTS (SELECT FROM delivery.article_tags t WHERE t.tag_id = tags.id);

SELECT search_rebuild();
