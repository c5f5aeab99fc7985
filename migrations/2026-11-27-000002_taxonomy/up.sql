-- What articles are filed under, and the roles that may be limited to a part of it.

CREATE TABLE categories (
    id         uuid PRIMARY KEY,
    slug       text COLLATE "C" NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120),
    name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    parent_id  uuid REFERENCES categories,
    created_at timestamptz NOT NULL
);
CREATE INDEX categories_by_parent ON categories (parent_id);

-- The transitive closure of the tree, each category being its own ancestor at depth 0: "this category
-- and all below it" is one indexed look-up, for filters and for role grants alike. Only the trigger writes it.
CREATE TABLE category_ancestors (
    category_id uuid    NOT NULL REFERENCES categories ON DELETE CASCADE,
    ancestor_id uuid    NOT NULL REFERENCES categories ON DELETE CASCADE,
    depth       integer NOT NULL CHECK (depth >= 0),
    PRIMARY KEY (ancestor_id, category_id),
    CHECK ((category_id = ancestor_id) = (depth = 0))
);
CREATE INDEX category_ancestors_by_category ON category_ancestors (category_id);

CREATE FUNCTION category_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO category_ancestors (category_id, ancestor_id, depth) VALUES (NEW.id, NEW.id, 0);
    ELSE
        IF EXISTS (SELECT FROM category_ancestors WHERE ancestor_id = NEW.id AND category_id = NEW.parent_id) THEN
            RAISE EXCEPTION 'a category cannot be moved below itself'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'categories_no_cycle';
        END IF;
        -- Cut the subtree off its former ancestors; links inside the subtree stay.
        DELETE FROM category_ancestors link
         USING category_ancestors below
         WHERE below.ancestor_id = NEW.id AND link.category_id = below.category_id
           AND NOT EXISTS (SELECT FROM category_ancestors inside
                            WHERE inside.ancestor_id = NEW.id AND inside.category_id = link.ancestor_id);
    END IF;
    INSERT INTO category_ancestors (category_id, ancestor_id, depth)
    SELECT below.category_id, above.ancestor_id, below.depth + above.depth + 1
      FROM category_ancestors below, category_ancestors above
     WHERE below.ancestor_id = NEW.id AND above.category_id = NEW.parent_id;
    RETURN NULL;
END $$;
CREATE TRIGGER category_inserted AFTER INSERT ON categories
    FOR EACH ROW EXECUTE FUNCTION category_placed();
CREATE TRIGGER category_moved AFTER UPDATE OF parent_id ON categories
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION category_placed();

-- A managed list; these five come with the schema ("Loại bài viết").
CREATE TABLE article_types (
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200)
);
INSERT INTO article_types (code, name) VALUES
    ('news', 'Tin tức'),
    ('announcement', 'Thông báo'),
    ('document', 'Văn bản'),
    ('photo_story', 'Phóng sự ảnh'),
    ('video', 'Video');

-- Whom a reader sees as the writer ("Tác giả"); need not be a user.
-- `name_key` is the name after NFC and case folding: what makes two names the same.
CREATE TABLE authors (
    id         uuid PRIMARY KEY,
    name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key   text        NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

CREATE TABLE tags (
    id         uuid PRIMARY KEY,
    slug       text COLLATE "C" NOT NULL UNIQUE,
    name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    name_key   text        NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

-- A role on the whole site (no category) or on a category and all below it.
CREATE TABLE role_grants (
    id          uuid PRIMARY KEY,
    user_id     uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    role        text        NOT NULL CHECK (role IN ('author', 'editor', 'approver', 'accountant', 'admin')),
    category_id uuid REFERENCES categories,
    created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX role_grants_on_site ON role_grants (user_id, role) WHERE category_id IS NULL;
CREATE UNIQUE INDEX role_grants_on_category ON role_grants (user_id, role, category_id) WHERE category_id IS NOT NULL;
