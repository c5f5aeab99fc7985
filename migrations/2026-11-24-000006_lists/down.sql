DROP VIEW delivery.cards_by_tag, delivery.cards_by_category, delivery.cards, delivery.article_categories, delivery.state;
-- A view loses columns only by being made anew, with all that stands on it.
DROP VIEW delivery.tags, delivery.article_tags;
CREATE VIEW delivery.article_tags AS
SELECT t.publication_id, t.position, t.tag_id
  FROM published_tags t JOIN delivery.articles a USING (publication_id);
CREATE VIEW delivery.tags AS
SELECT id, slug, name FROM tags
 WHERE EXISTS (SELECT FROM delivery.article_tags t WHERE t.tag_id = tags.id);

DROP TRIGGER publication_changed ON media;
DROP TRIGGER publication_changed ON authors;
DROP TRIGGER publication_changed ON tags;
DROP TRIGGER publication_changed ON article_types;
DROP TRIGGER publication_changed ON categories;
DROP TRIGGER publication_changed ON published_links;
DROP TRIGGER publication_changed ON published_tags;
DROP TRIGGER publication_changed ON published_articles;
DROP FUNCTION publication_changed;
DROP TABLE publication_state;

DROP INDEX published_articles_begin, published_articles_end, published_articles_updated, published_articles_featured,
    published_articles_by_locale, published_articles_by_type, published_articles_by_author;
CREATE INDEX published_articles_by_author ON published_articles (author_id);
CREATE INDEX published_articles_by_type ON published_articles (article_type);

DROP TRIGGER published_article_fixed ON published_articles;
DROP FUNCTION published_article_fixed;
DROP TRIGGER category_link_cut ON category_ancestors;
DROP FUNCTION category_link_cut;
DROP TRIGGER category_link_made ON category_ancestors;
DROP FUNCTION category_link_made;
DROP TRIGGER published_tag_dated ON published_tags;
DROP FUNCTION published_tag_dated;
DROP TRIGGER published_article_filed ON published_articles;
DROP FUNCTION published_article_filed;
DROP INDEX published_tags_newest;
ALTER TABLE published_tags DROP COLUMN article_id, DROP COLUMN published_at;
CREATE INDEX published_tags_by_tag ON published_tags (tag_id, publication_id);
DROP TABLE published_categories;
