-- The taxonomy as it is kept: order, renaming, merging, and addresses that lead on.

-- Moves with each change: what entity tags are made of. `position` is an order among siblings that somebody chose; what
-- has none comes behind, by name.
ALTER TABLE categories
    ADD position integer,
    ADD revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0);
-- Events name what they are about by its id.
ALTER TABLE article_types
    ADD id       uuid   NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    ADD position integer,
    ADD revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0);

-- Slugs that categories had: who follows an old address is led on. No other category takes one.
CREATE TABLE former_category_slugs (
    slug        text COLLATE "C" PRIMARY KEY,
    category_id uuid NOT NULL REFERENCES categories ON DELETE CASCADE
);
CREATE INDEX former_category_slugs_by_category ON former_category_slugs (category_id);
CREATE FUNCTION category_slug_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM former_category_slugs WHERE slug = NEW.slug AND category_id = NEW.id;
    INSERT INTO former_category_slugs (slug, category_id) VALUES (OLD.slug, OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER category_slug_left AFTER UPDATE OF slug ON categories
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION category_slug_left();

-- What was merged into another stays as a name for it: versions are never changed and still say it, and who types it means
-- the other. It is never a name for something that is itself merged.
ALTER TABLE tags
    ADD revision     bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
    ADD merged_into  uuid CHECK (merged_into <> id),
    ADD is_merged    boolean NOT NULL GENERATED ALWAYS AS (merged_into IS NOT NULL) STORED,
    ADD into_present boolean GENERATED ALWAYS AS (CASE WHEN merged_into IS NOT NULL THEN false END) STORED,
    ADD UNIQUE (id, is_merged),
    ADD FOREIGN KEY (merged_into, into_present) REFERENCES tags (id, is_merged) ON DELETE CASCADE;
CREATE INDEX tags_by_name ON tags (name COLLATE "vi-x-icu", id) WHERE merged_into IS NULL;
CREATE INDEX tags_by_target ON tags (merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE authors
    ADD revision     bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
    -- The account of whoever signs so, if that is one person who has one.
    ADD user_id      uuid REFERENCES users ON DELETE SET NULL,
    ADD merged_into  uuid CHECK (merged_into <> id),
    ADD is_merged    boolean NOT NULL GENERATED ALWAYS AS (merged_into IS NOT NULL) STORED,
    ADD into_present boolean GENERATED ALWAYS AS (CASE WHEN merged_into IS NOT NULL THEN false END) STORED,
    ADD UNIQUE (id, is_merged),
    ADD FOREIGN KEY (merged_into, into_present) REFERENCES authors (id, is_merged) ON DELETE CASCADE;
CREATE INDEX authors_by_target ON authors (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX authors_by_user ON authors (user_id) WHERE user_id IS NOT NULL;

-- Whoever merges holds the row of what goes `FOR UPDATE`. Whoever files an article under it meanwhile waits here, and then
-- sees what it has become; so nothing public and no working copy ever bears what was merged.
CREATE FUNCTION author_present() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present uuid;
BEGIN
    SELECT coalesce(merged_into, id) INTO present FROM authors WHERE id = NEW.author_id FOR KEY SHARE;
    IF FOUND THEN
        NEW.author_id := present;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER author_present BEFORE INSERT OR UPDATE OF author_id ON articles
    FOR EACH ROW WHEN (NEW.author_id IS NOT NULL) EXECUTE FUNCTION author_present();
CREATE TRIGGER author_present BEFORE INSERT OR UPDATE OF author_id ON published_articles
    FOR EACH ROW WHEN (NEW.author_id IS NOT NULL) EXECUTE FUNCTION author_present();

-- A version may say two tags that have become one: its copy bears that once.
CREATE FUNCTION published_tag_present() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present uuid;
BEGIN
    SELECT merged_into INTO present FROM tags WHERE id = NEW.tag_id FOR KEY SHARE;
    IF present IS NOT NULL THEN
        NEW.tag_id := present;
    END IF;
    IF EXISTS (SELECT FROM published_tags WHERE publication_id = NEW.publication_id AND tag_id = NEW.tag_id) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;
-- After `published_tag_dated`, by their names.
CREATE TRIGGER published_tag_present BEFORE INSERT ON published_tags
    FOR EACH ROW EXECUTE FUNCTION published_tag_present();

-- Names for what goes become names for what stays: before it, for nothing may be a name for something merged.
CREATE FUNCTION names_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I SET merged_into = $1 WHERE merged_into = $2', TG_TABLE_NAME) USING NEW.merged_into, NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER names_follow BEFORE UPDATE OF merged_into ON tags
    FOR EACH ROW WHEN (OLD.merged_into IS NULL AND NEW.merged_into IS NOT NULL) EXECUTE FUNCTION names_follow();
CREATE TRIGGER names_follow BEFORE UPDATE OF merged_into ON authors
    FOR EACH ROW WHEN (OLD.merged_into IS NULL AND NEW.merged_into IS NOT NULL) EXECUTE FUNCTION names_follow();

-- And what bore it bears the other.
CREATE FUNCTION tag_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM published_tags gone
     WHERE gone.tag_id = NEW.id
       AND EXISTS (SELECT FROM published_tags stays
                    WHERE stays.publication_id = gone.publication_id AND stays.tag_id = NEW.merged_into);
    UPDATE published_tags SET tag_id = NEW.merged_into WHERE tag_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER tag_merged AFTER UPDATE OF merged_into ON tags
    FOR EACH ROW WHEN (OLD.merged_into IS NULL AND NEW.merged_into IS NOT NULL) EXECUTE FUNCTION tag_merged();
CREATE FUNCTION author_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE published_articles SET author_id = NEW.merged_into WHERE author_id = NEW.id;
    UPDATE articles SET author_id = NEW.merged_into WHERE author_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER author_merged AFTER UPDATE OF merged_into ON authors
    FOR EACH ROW WHEN (OLD.merged_into IS NULL AND NEW.merged_into IS NOT NULL) EXECUTE FUNCTION author_merged();

-- What the public side needs to know of it: the order, and where old names lead.
CREATE VIEW delivery.category_tree WITH (security_barrier) AS
SELECT id, slug, name, parent_id, position FROM categories;
CREATE VIEW delivery.article_type_list WITH (security_barrier) AS SELECT code, name, position FROM article_types;
CREATE VIEW delivery.former_category_slugs WITH (security_barrier) AS
SELECT f.slug, c.slug AS present FROM former_category_slugs f JOIN categories c ON c.id = f.category_id;
CREATE VIEW delivery.merged_tags WITH (security_barrier) AS
SELECT slug, merged_into FROM tags WHERE merged_into IS NOT NULL;
