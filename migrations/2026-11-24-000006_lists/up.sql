-- Lists of what is public, each filter with an index in the list's order; and how caches learn that something changed.

-- Every category that a published copy is in, its own and those above, in the order of lists: a category's page is
-- read from one index range, however large the subtree and however deep the page.
CREATE TABLE published_categories (
    publication_id uuid        NOT NULL REFERENCES published_articles ON DELETE CASCADE,
    category_id    uuid        NOT NULL REFERENCES categories,
    article_id     uuid        NOT NULL,
    published_at   timestamptz NOT NULL,
    PRIMARY KEY (publication_id, category_id)
);
CREATE INDEX published_categories_newest ON published_categories (category_id, published_at DESC, article_id DESC);

-- The same for tags.
ALTER TABLE published_tags ADD COLUMN article_id uuid, ADD COLUMN published_at timestamptz;
UPDATE published_tags t SET article_id = a.article_id, published_at = a.published_at
  FROM published_articles a WHERE a.publication_id = t.publication_id;
ALTER TABLE published_tags ALTER COLUMN article_id SET NOT NULL, ALTER COLUMN published_at SET NOT NULL;
CREATE INDEX published_tags_newest ON published_tags (tag_id, published_at DESC, article_id DESC);

INSERT INTO published_categories (publication_id, category_id, article_id, published_at)
SELECT a.publication_id, c.ancestor_id, a.article_id, a.published_at
  FROM published_articles a JOIN category_ancestors c USING (category_id);

-- Written by the database itself, so that no writer can forget.
CREATE FUNCTION published_article_filed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_categories (publication_id, category_id, article_id, published_at)
    SELECT NEW.publication_id, c.ancestor_id, NEW.article_id, NEW.published_at
      FROM category_ancestors c WHERE c.category_id = NEW.category_id;
    RETURN NULL;
END $$;
CREATE TRIGGER published_article_filed AFTER INSERT ON published_articles
    FOR EACH ROW EXECUTE FUNCTION published_article_filed();

CREATE FUNCTION published_tag_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT article_id, published_at INTO NEW.article_id, NEW.published_at
      FROM published_articles WHERE publication_id = NEW.publication_id;
    RETURN NEW;
END $$;
CREATE TRIGGER published_tag_dated BEFORE INSERT ON published_tags
    FOR EACH ROW EXECUTE FUNCTION published_tag_dated();

-- A category that moves takes its articles along.
CREATE FUNCTION category_link_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO published_categories (publication_id, category_id, article_id, published_at)
    SELECT publication_id, NEW.ancestor_id, article_id, published_at
      FROM published_articles WHERE category_id = NEW.category_id
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER category_link_made AFTER INSERT ON category_ancestors
    FOR EACH ROW EXECUTE FUNCTION category_link_made();
CREATE FUNCTION category_link_cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM published_categories c USING published_articles a
     WHERE c.category_id = OLD.ancestor_id
       AND a.publication_id = c.publication_id AND a.category_id = OLD.category_id;
    RETURN NULL;
END $$;
CREATE TRIGGER category_link_cut AFTER DELETE ON category_ancestors
    FOR EACH ROW EXECUTE FUNCTION category_link_cut();

-- What the tables above were made from cannot change under them.
CREATE FUNCTION published_article_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published copy is replaced, not changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER published_article_fixed BEFORE UPDATE OF article_id, published_at, category_id ON published_articles
    FOR EACH ROW EXECUTE FUNCTION published_article_fixed();

-- The other filters and orders.

DROP INDEX published_articles_by_author;
DROP INDEX published_articles_by_type;
DROP INDEX published_tags_by_tag;
CREATE INDEX published_articles_by_author ON published_articles (author_id, published_at DESC, article_id DESC);
CREATE INDEX published_articles_by_type ON published_articles (article_type, published_at DESC, article_id DESC);
CREATE INDEX published_articles_by_locale ON published_articles (locale, published_at DESC, article_id DESC);
CREATE INDEX published_articles_featured ON published_articles (published_at DESC, article_id DESC) WHERE featured;
CREATE INDEX published_articles_updated ON published_articles (last_published_at DESC, article_id DESC);

-- The state that caches stand for. One number more for each transaction that changes what the public gets; the change
-- and the number become visible together, also on a hot standby.
CREATE TABLE publication_state (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    generation bigint  NOT NULL CHECK (generation > 0)
);
INSERT INTO publication_state (generation) VALUES (1);

-- Deferred to the commit: the lock on that row is then held for the shortest time, and is the last one taken.
CREATE FUNCTION publication_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tintuc.announced', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        UPDATE publication_state SET generation = generation + 1;
        PERFORM pg_notify('tintuc_publication', '');
        PERFORM set_config('tintuc.announced', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER publication_changed AFTER INSERT OR UPDATE OR DELETE ON published_articles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
CREATE CONSTRAINT TRIGGER publication_changed AFTER INSERT OR UPDATE OR DELETE ON published_tags
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
CREATE CONSTRAINT TRIGGER publication_changed AFTER INSERT OR UPDATE OR DELETE ON published_links
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
CREATE CONSTRAINT TRIGGER publication_changed AFTER INSERT OR UPDATE OR DELETE ON categories
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
CREATE CONSTRAINT TRIGGER publication_changed AFTER INSERT OR UPDATE OR DELETE ON article_types
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
-- A new tag, author or file is public once an article is that uses it.
CREATE CONSTRAINT TRIGGER publication_changed AFTER UPDATE OR DELETE ON tags
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
CREATE CONSTRAINT TRIGGER publication_changed AFTER UPDATE OR DELETE ON authors
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
CREATE CONSTRAINT TRIGGER publication_changed
    AFTER UPDATE OF file_name, mime_type, size, sha256, width, height, duration_ms, dominant_colour, blurhash,
                    focal_x, focal_y OR DELETE ON media
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();

-- When the clock will next change what is public.
CREATE INDEX published_articles_begin ON published_articles (starts_at);
CREATE INDEX published_articles_end ON published_articles (ends_at) WHERE ends_at IS NOT NULL;
CREATE VIEW delivery.state AS
SELECT s.generation, delivery.clock() AS at,
       least((SELECT min(starts_at) FROM published_articles WHERE starts_at > delivery.clock()),
             (SELECT min(ends_at) FROM published_articles WHERE ends_at > delivery.clock())) AS next_change
  FROM publication_state s;

CREATE OR REPLACE VIEW delivery.article_tags AS
SELECT t.publication_id, t.position, t.tag_id, t.article_id, t.published_at
  FROM published_tags t JOIN delivery.articles a USING (publication_id);

CREATE VIEW delivery.article_categories AS
SELECT c.publication_id, c.category_id, c.article_id, c.published_at
  FROM published_categories c JOIN delivery.articles a USING (publication_id);

-- An article as lists show it: with the names of what it points at, and the records of its two pictures.
CREATE VIEW delivery.cards AS
SELECT a.publication_id, a.article_id, a.slug, a.locale, a.title, a.summary, a.external_url,
       a.published_at, a.first_published_at, a.last_published_at, a.expires_at,
       a.featured, a.page_count, a.photo_count, a.legacy_id,
       a.category_id, c.slug AS category_slug, c.name AS category_name,
       a.article_type, y.name AS article_type_name, a.author_id, w.name AS author_name,
       a.image, a.description_image, a.source, a.seo,
       ARRAY(SELECT t.name FROM published_tags p JOIN tags t ON t.id = p.tag_id
              WHERE p.publication_id = a.publication_id ORDER BY p.position) AS tags,
       CASE WHEN a.image IS NOT NULL OR a.description_image IS NOT NULL THEN
           (SELECT jsonb_agg(jsonb_build_object(
                       'id', m.id, 'kind', m.kind, 'file_name', m.file_name, 'mime_type', m.mime_type, 'size', m.size,
                       'sha256', encode(m.sha256, 'hex'), 'width', m.width, 'height', m.height,
                       'duration_ms', m.duration_ms, 'dominant_colour', m.dominant_colour, 'blurhash', m.blurhash,
                       'focal_x', m.focal_x, 'focal_y', m.focal_y))
              FROM published_media p JOIN media m ON m.id = p.media_id
             WHERE p.publication_id = a.publication_id
               AND m.id IN ((a.image->>'media_id')::uuid, (a.description_image->>'media_id')::uuid))
       END AS files
  FROM delivery.articles a
  JOIN categories c ON c.id = a.category_id
  JOIN article_types y ON y.code = a.article_type
  LEFT JOIN authors w ON w.id = a.author_id;

-- The same by each category that an article is in or below, and by each of its tags. Dates and ids are those of the
-- index that lists are read from.
CREATE VIEW delivery.cards_by_category AS
SELECT p.category_id AS in_category, p.article_id, p.published_at,
       a.publication_id, a.slug, a.locale, a.title, a.summary, a.external_url,
       a.first_published_at, a.last_published_at, a.expires_at, a.featured, a.page_count, a.photo_count, a.legacy_id,
       a.category_id, a.category_slug, a.category_name, a.article_type, a.article_type_name, a.author_id, a.author_name,
       a.image, a.description_image, a.source, a.seo, a.tags, a.files
  FROM published_categories p JOIN delivery.cards a USING (publication_id);

CREATE VIEW delivery.cards_by_tag AS
SELECT p.tag_id AS with_tag, p.article_id, p.published_at,
       a.publication_id, a.slug, a.locale, a.title, a.summary, a.external_url,
       a.first_published_at, a.last_published_at, a.expires_at, a.featured, a.page_count, a.photo_count, a.legacy_id,
       a.category_id, a.category_slug, a.category_name, a.article_type, a.article_type_name, a.author_id, a.author_name,
       a.image, a.description_image, a.source, a.seo, a.tags, a.files
  FROM published_tags p JOIN delivery.cards a USING (publication_id);
