-- Search has an index of its own beside the database, made from the views of what is public
-- (docs/decisions/0023-search-beside-the-database.md). The terms of copies, two thirds of the database, are let go of.
--
-- The version before may still run beside this one: its searches find nothing from now on, and what it publishes is found
-- here. So the table and what reads it stay, empty, for a later migration to drop. Who keeps the tables for long is not
-- waited for: the update then begins anew.
SET LOCAL lock_timeout = '5s';
DROP TRIGGER search_follows_copy ON published_articles;
DROP TRIGGER search_follows_new_tags ON published_tags;
DROP TRIGGER search_follows_other_tags ON published_tags;
DROP TRIGGER search_follows_fewer_tags ON published_tags;
DROP TRIGGER search_follows_name ON tags;
DROP FUNCTION search_follows_copy(), search_follows_tags(), search_follows_name();
TRUNCATE published_search;

-- What the tags of public articles are called.
CREATE VIEW delivery.article_tag_names WITH (security_barrier) AS
SELECT t.publication_id, t.tag_id, n.name
  FROM published_tags t JOIN delivery.articles a USING (publication_id) JOIN tags n ON n.id = t.tag_id;

-- Tags that public articles bear, and how many do, by the numbers that are kept.
CREATE OR REPLACE VIEW delivery.tag_terms AS
SELECT t.id, t.slug, t.name, t.terms, c.articles
  FROM delivery.counts c JOIN tags t ON t.id = c.value::uuid WHERE c.facet = 'tag';

-- Those that meet a condition, those of most articles first.
CREATE OR REPLACE FUNCTION delivery.suggest_tags(condition text, wanted bigint) RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    sought tsquery := condition;
BEGIN
    RETURN QUERY
    SELECT t.id, t.slug, t.name FROM delivery.tag_terms t WHERE t.terms @@ sought
     ORDER BY t.articles DESC, length(t.name), t.name LIMIT wanted;
END $$;
