DROP FUNCTION delivery.search, delivery.search_weeks, delivery.search_count, delivery.suggest_tags;
DROP VIEW delivery.search_terms, delivery.tag_terms;
DROP TRIGGER search_follows_name ON tags;
DROP TRIGGER search_follows_fewer_tags ON published_tags;
DROP TRIGGER search_follows_other_tags ON published_tags;
DROP TRIGGER search_follows_new_tags ON published_tags;
DROP TRIGGER search_follows_copy ON published_articles;
DROP FUNCTION search_follows_name, search_follows_tags, search_follows_copy, search_rebuild, search_refresh, search_documents;
DROP TABLE published_search;
ALTER TABLE tags DROP COLUMN terms;
DROP FUNCTION search_terms, search_plain, search_fold, search_words;
-- The extension stays: another schema of the database may use it.
