-- The window. The public side signs in as a role that may use this schema and nothing else, and the
-- schema holds only views: no statement of that side, however wrong, can reach a row that is not public.
CREATE SCHEMA delivery;

-- The clock of both sides. A function of its own, so that a test can put another in its place.
CREATE FUNCTION delivery.clock() RETURNS timestamptz LANGUAGE sql STABLE RETURN now();

-- The copies that are public at this moment. All that follows stands on this.
CREATE VIEW delivery.articles AS
SELECT publication_id, article_id, slug, published_at, first_published_at, last_published_at, expires_at,
       locale, featured, author_id, category_id, article_type, card, rest
  FROM published_articles
 WHERE starts_at <= delivery.clock() AND (ends_at IS NULL OR ends_at > delivery.clock());

CREATE VIEW delivery.article_tags AS
SELECT t.publication_id, t.position, t.tag_id, t.article_id, t.published_at
  FROM published_tags t JOIN delivery.articles a USING (publication_id);

CREATE VIEW delivery.article_categories AS
SELECT c.publication_id, c.category_id, c.article_id, c.published_at
  FROM published_categories c JOIN delivery.articles a USING (publication_id);

CREATE VIEW delivery.article_links AS
SELECT l.publication_id, a.article_id, l.kind, l.position, l.target_id
  FROM published_links l JOIN delivery.articles a USING (publication_id);

CREATE VIEW delivery.slugs AS
SELECT s.slug, s.article_id FROM public_slugs s
 WHERE s.public_from <= delivery.clock()
   AND EXISTS (SELECT FROM delivery.articles a WHERE a.article_id = s.article_id);

CREATE VIEW delivery.categories AS SELECT id, slug, name, parent_id FROM categories;
CREATE VIEW delivery.category_ancestors AS SELECT category_id, ancestor_id, depth FROM category_ancestors;
CREATE VIEW delivery.article_types AS SELECT code, name FROM article_types;

-- A tag, an author or a file that only a draft names is not public.
CREATE VIEW delivery.tags AS
SELECT id, slug, name FROM tags
 WHERE EXISTS (SELECT FROM delivery.article_tags t WHERE t.tag_id = tags.id);

CREATE VIEW delivery.authors AS
SELECT id, name FROM authors
 WHERE EXISTS (SELECT FROM delivery.articles a WHERE a.author_id = authors.id);

CREATE VIEW delivery.media AS
SELECT id, kind, file_name, mime_type, size, sha256, width, height, duration_ms, dominant_colour, blurhash, focal_x, focal_y
  FROM media
 WHERE EXISTS (SELECT FROM published_media p JOIN delivery.articles a USING (publication_id) WHERE p.media_id = media.id);

-- Cards, as lists show them: the stored value, and beside it what may be called otherwise by now.
CREATE VIEW delivery.cards AS
SELECT a.publication_id, a.article_id, a.slug, a.published_at, a.first_published_at, a.last_published_at, a.expires_at,
       a.locale, a.featured, a.author_id, a.category_id, a.article_type, a.card, a.rest,
       c.slug AS category_slug, c.name AS category_name, y.name AS article_type_name, w.name AS author_name,
       ARRAY(SELECT t.name FROM published_tags p JOIN tags t ON t.id = p.tag_id
              WHERE p.publication_id = a.publication_id ORDER BY p.position) AS tags
  FROM delivery.articles a
  JOIN categories c ON c.id = a.category_id
  JOIN article_types y ON y.code = a.article_type
  LEFT JOIN authors w ON w.id = a.author_id;

-- The same by each category that an article is in or below, and by each of its tags. Dates and ids are those of the
-- index that lists are read from.
CREATE VIEW delivery.cards_by_category AS
SELECT p.category_id AS in_category, p.article_id, p.published_at,
       a.publication_id, a.slug, a.first_published_at, a.last_published_at, a.expires_at,
       a.locale, a.featured, a.author_id, a.category_id, a.article_type, a.card,
       a.category_slug, a.category_name, a.article_type_name, a.author_name, a.tags
  FROM published_categories p JOIN delivery.cards a USING (publication_id);

CREATE VIEW delivery.cards_by_tag AS
SELECT p.tag_id AS with_tag, p.article_id, p.published_at,
       a.publication_id, a.slug, a.first_published_at, a.last_published_at, a.expires_at,
       a.locale, a.featured, a.author_id, a.category_id, a.article_type, a.card,
       a.category_slug, a.category_name, a.article_type_name, a.author_name, a.tags
  FROM published_tags p JOIN delivery.cards a USING (publication_id);

-- What caches ask for: the state, and when the clock will change it next.
CREATE VIEW delivery.state AS
SELECT s.generation, delivery.clock() AS at,
       least((SELECT min(starts_at) FROM published_articles WHERE starts_at > delivery.clock()),
             (SELECT min(ends_at) FROM published_articles WHERE ends_at > delivery.clock())) AS next_change
  FROM publication_state s;
