-- What these views hide, drafts' names above all, is hidden before a condition of the asking statement is looked at, so that
-- one that fails on purpose (`name::integer`) cannot carry a hidden row in its error.
--
-- The other views go without, for behind a barrier they are read whole. Over 20,000 articles the newest twenty were 379 pages
-- and would be 297,104. `articles`, `cards`, `cards_by_…`, `article_…`: joined, and walked in the order of their dates;
-- `view_totals`: walked in the order of its numbers; `search_terms`, `tag_terms`: `@@` of their indexes is not leakproof. What
-- they hide is a copy that was approved and is not public at this hour, its counts, and the names of tags.
--
-- A later CREATE OR REPLACE VIEW has to say WITH (security_barrier) again; a test holds the catalogue against this list.
ALTER VIEW delivery.article_types SET (security_barrier);
ALTER VIEW delivery.authors SET (security_barrier);
ALTER VIEW delivery.categories SET (security_barrier);
ALTER VIEW delivery.category_ancestors SET (security_barrier);
ALTER VIEW delivery.media SET (security_barrier);
ALTER VIEW delivery.slugs SET (security_barrier);
ALTER VIEW delivery.state SET (security_barrier);
ALTER VIEW delivery.tags SET (security_barrier);
ALTER VIEW delivery.view_days SET (security_barrier);
