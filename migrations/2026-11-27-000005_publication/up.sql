-- Which versions are public and when, what the public reads of them, and how caches learn that it changed.

-- Needed to forbid two overlapping publications of one article (part of PostgreSQL's contrib).
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- When which version was, is or will be public. The state of an article is computed from these rows and
-- the clock, so nothing has to wake up for an article to appear or to expire.
CREATE TABLE publications (
    id            uuid PRIMARY KEY,
    article_id    uuid        NOT NULL,
    version       integer     NOT NULL,
    -- The approval of exactly this version. The foreign key below makes publishing anything else impossible.
    approval_id   bigint      NOT NULL,
    approval_name text        NOT NULL DEFAULT 'approve' CHECK (approval_name = 'approve'),
    starts_at     timestamptz NOT NULL,
    expires_at    timestamptz CHECK (expires_at > starts_at),
    ended_at      timestamptz CHECK (ended_at >= starts_at),
    end_reason    text CHECK (end_reason IN ('replaced', 'withdrawn', 'deleted')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    FOREIGN KEY (article_id, version) REFERENCES article_versions ON DELETE CASCADE,
    FOREIGN KEY (approval_id, article_id, version, approval_name)
        REFERENCES transitions (id, article_id, version, name) ON DELETE CASCADE,
    -- At no moment are two versions of an article public.
    EXCLUDE USING gist (article_id WITH =, tstzrange(starts_at, least(expires_at, ended_at)) WITH &&)
);
CREATE INDEX publications_by_article ON publications (article_id, starts_at);

-- The published copies, one for each publication that is or will be visible. Written by `publication` alone.
--
-- Columns are what lists filter and sort by, and what has to be real. Everything that is only shown is in two values:
-- so a list is one index range over this table, and a new field of articles is no new column
-- (docs/decisions/0012-the-published-copy.md).
CREATE TABLE published_articles (
    publication_id     uuid PRIMARY KEY REFERENCES publications ON DELETE CASCADE,
    article_id         uuid        NOT NULL,
    -- An article in the trash cannot have a published copy.
    in_trash           boolean     NOT NULL DEFAULT false CHECK (NOT in_trash),
    starts_at          timestamptz NOT NULL,
    ends_at            timestamptz CHECK (ends_at >= starts_at),
    slug               text COLLATE "C" NOT NULL,
    published_at       timestamptz NOT NULL,
    first_published_at timestamptz NOT NULL,
    last_published_at  timestamptz NOT NULL,
    expires_at         timestamptz,
    locale             text        NOT NULL,
    featured           boolean     NOT NULL,
    author_id          uuid REFERENCES authors,
    category_id        uuid        NOT NULL REFERENCES categories,
    article_type       text        NOT NULL REFERENCES article_types,
    -- What lists show of it, by the names of the written form, without what is null; what it refers to by id.
    card               jsonb       NOT NULL CHECK (coalesce(length(card ->> 'title'), 0) BETWEEN 1 AND 300),
    -- The rest of the article, likewise.
    rest               jsonb       NOT NULL CHECK (jsonb_typeof(rest) = 'object'),
    FOREIGN KEY (article_id, in_trash) REFERENCES articles (id, in_trash) ON UPDATE RESTRICT ON DELETE CASCADE,
    FOREIGN KEY (slug, article_id) REFERENCES slugs (slug, article_id),
    CHECK (rest ? 'body' OR card ? 'external_url')
);
-- Each filter with an index in the order of lists.
CREATE INDEX published_articles_newest ON published_articles (published_at DESC, article_id DESC);
CREATE INDEX published_articles_updated ON published_articles (last_published_at DESC, article_id DESC);
CREATE INDEX published_articles_featured ON published_articles (published_at DESC, article_id DESC) WHERE featured;
CREATE INDEX published_articles_by_author ON published_articles (author_id, published_at DESC, article_id DESC);
CREATE INDEX published_articles_by_type ON published_articles (article_type, published_at DESC, article_id DESC);
CREATE INDEX published_articles_by_locale ON published_articles (locale, published_at DESC, article_id DESC);
CREATE INDEX published_articles_by_category ON published_articles (category_id, published_at DESC, article_id DESC);
CREATE INDEX published_articles_by_article ON published_articles (article_id);
-- When the clock will next change what is public.
CREATE INDEX published_articles_begin ON published_articles (starts_at);
CREATE INDEX published_articles_end ON published_articles (ends_at) WHERE ends_at IS NOT NULL;

-- Bodies in LZ4, where the server has it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
        ALTER TABLE published_articles ALTER rest SET COMPRESSION lz4;
    END IF;
END $$;

-- The tags of a copy, with its date: a tag's page is read from one index range.
CREATE TABLE published_tags (
    publication_id uuid        NOT NULL REFERENCES published_articles ON DELETE CASCADE,
    position       integer     NOT NULL,
    tag_id         uuid        NOT NULL REFERENCES tags,
    article_id     uuid        NOT NULL,
    published_at   timestamptz NOT NULL,
    PRIMARY KEY (publication_id, position)
);
CREATE INDEX published_tags_newest ON published_tags (tag_id, published_at DESC, article_id DESC);

-- Every category that a copy is in, its own and those above, likewise: however large the subtree and however deep the
-- page.
CREATE TABLE published_categories (
    publication_id uuid        NOT NULL REFERENCES published_articles ON DELETE CASCADE,
    category_id    uuid        NOT NULL REFERENCES categories,
    article_id     uuid        NOT NULL,
    published_at   timestamptz NOT NULL,
    PRIMARY KEY (publication_id, category_id)
);
CREATE INDEX published_categories_newest ON published_categories (category_id, published_at DESC, article_id DESC);

-- Targets need not exist or be public: they are looked up when read.
CREATE TABLE published_links (
    publication_id uuid    NOT NULL REFERENCES published_articles ON DELETE CASCADE,
    kind           text    NOT NULL CHECK (kind IN ('related', 'translation')),
    position       integer NOT NULL,
    target_id      uuid    NOT NULL,
    PRIMARY KEY (publication_id, kind, position)
);
CREATE INDEX published_links_by_target ON published_links (target_id, kind);

-- The files that a copy uses. Their bytes are public exactly while one of these copies is; a file in use cannot be
-- deleted.
CREATE TABLE published_media (
    publication_id uuid NOT NULL REFERENCES published_articles ON DELETE CASCADE,
    media_id       uuid NOT NULL REFERENCES media,
    PRIMARY KEY (publication_id, media_id)
);
CREATE INDEX published_media_by_media ON published_media (media_id);

-- Slugs under which an article is or was public, from the moment on at which each first was.
CREATE TABLE public_slugs (
    slug        text COLLATE "C" PRIMARY KEY,
    article_id  uuid        NOT NULL,
    public_from timestamptz NOT NULL,
    FOREIGN KEY (slug, article_id) REFERENCES slugs (slug, article_id) ON DELETE CASCADE
);
CREATE INDEX public_slugs_by_article ON public_slugs (article_id);

-- What the database writes of a copy by itself, so that no writer can forget.

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
