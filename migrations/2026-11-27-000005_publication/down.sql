DROP TRIGGER publication_changed ON media;
DROP TRIGGER publication_changed ON authors;
DROP TRIGGER publication_changed ON tags;
DROP TRIGGER publication_changed ON article_types;
DROP TRIGGER publication_changed ON categories;
DROP TRIGGER category_link_cut ON category_ancestors;
DROP TRIGGER category_link_made ON category_ancestors;
DROP TABLE public_slugs;
DROP TABLE published_media;
DROP TABLE published_links;
DROP TABLE published_categories;
DROP TABLE published_tags;
DROP TABLE published_articles;
DROP TABLE publications;
DROP TABLE publication_state;
DROP FUNCTION publication_changed, published_article_fixed, category_link_cut, category_link_made, published_tag_dated,
    published_article_filed;
-- The extension stays: another schema of the database may use it.
