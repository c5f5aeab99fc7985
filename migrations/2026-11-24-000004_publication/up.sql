-- What the public may read, and the window through which it reads it.

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
CREATE TABLE published_articles (
    publication_id     uuid PRIMARY KEY REFERENCES publications ON DELETE CASCADE,
    article_id         uuid        NOT NULL,
    -- An article in the trash cannot have a published copy.
    in_trash           boolean     NOT NULL DEFAULT false CHECK (NOT in_trash),
    starts_at          timestamptz NOT NULL,
    ends_at            timestamptz CHECK (ends_at >= starts_at),
    slug               text COLLATE "C" NOT NULL,
    locale             text        NOT NULL,
    title              text        NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    summary            text,
    body               text,
    external_url       text,
    published_at       timestamptz NOT NULL,
    first_published_at timestamptz NOT NULL,
    last_published_at  timestamptz NOT NULL,
    expires_at         timestamptz,
    featured           boolean     NOT NULL,
    author_id          uuid REFERENCES authors,
    category_id        uuid        NOT NULL REFERENCES categories,
    article_type       text        NOT NULL REFERENCES article_types,
    page_count         integer     NOT NULL,
    photo_count        integer     NOT NULL,
    image              jsonb,
    description_image  jsonb,
    audio              jsonb,
    attachments        jsonb       NOT NULL,
    source             jsonb,
    seo                jsonb,
    legacy_id          bigint,
    FOREIGN KEY (article_id, in_trash) REFERENCES articles (id, in_trash) ON UPDATE RESTRICT ON DELETE CASCADE,
    FOREIGN KEY (slug, article_id) REFERENCES slugs (slug, article_id),
    CHECK (body IS NOT NULL OR external_url IS NOT NULL)
);
CREATE INDEX published_articles_by_article ON published_articles (article_id);
CREATE INDEX published_articles_newest ON published_articles (published_at DESC, article_id DESC);
CREATE INDEX published_articles_by_category ON published_articles (category_id, published_at DESC, article_id DESC);
CREATE INDEX published_articles_by_author ON published_articles (author_id);
CREATE INDEX published_articles_by_type ON published_articles (article_type);

CREATE TABLE published_tags (
    publication_id uuid    NOT NULL REFERENCES published_articles ON DELETE CASCADE,
    position       integer NOT NULL,
    tag_id         uuid    NOT NULL REFERENCES tags,
    PRIMARY KEY (publication_id, position)
);
CREATE INDEX published_tags_by_tag ON published_tags (tag_id, publication_id);

-- Targets need not exist or be public: they are looked up when read.
CREATE TABLE published_links (
    publication_id uuid    NOT NULL REFERENCES published_articles ON DELETE CASCADE,
    kind           text    NOT NULL CHECK (kind IN ('related', 'translation')),
    position       integer NOT NULL,
    target_id      uuid    NOT NULL,
    PRIMARY KEY (publication_id, kind, position)
);
CREATE INDEX published_links_by_target ON published_links (target_id, kind);

-- Slugs under which an article is or was public, from the moment on at which each first was.
CREATE TABLE public_slugs (
    slug        text COLLATE "C" PRIMARY KEY,
    article_id  uuid        NOT NULL,
    public_from timestamptz NOT NULL,
    FOREIGN KEY (slug, article_id) REFERENCES slugs (slug, article_id) ON DELETE CASCADE
);
CREATE INDEX public_slugs_by_article ON public_slugs (article_id);

CREATE TABLE view_totals (
    article_id uuid PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    views      bigint NOT NULL CHECK (views >= 0)
);

-- Who was counted lately, as keyed digests: no address is stored.
CREATE TABLE view_visits (
    article_id uuid        NOT NULL REFERENCES articles ON DELETE CASCADE,
    visitor    bytea       NOT NULL CHECK (length(visitor) = 16),
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (article_id, visitor)
);
CREATE INDEX view_visits_by_age ON view_visits (counted_at);

-- The window. The public side signs in as a role that may use this schema and nothing else, and the
-- schema holds only views: no statement of that side, however wrong, can reach a row that is not public.
CREATE SCHEMA delivery;

-- The clock of both sides. A function of its own, so that a test can put another in its place.
CREATE FUNCTION delivery.clock() RETURNS timestamptz LANGUAGE sql STABLE RETURN now();

CREATE VIEW delivery.articles AS
SELECT publication_id, article_id, slug, locale, title, summary, body, external_url,
       published_at, first_published_at, last_published_at, expires_at, featured, author_id, category_id,
       article_type, page_count, photo_count, image, description_image, audio, attachments, source, seo, legacy_id
  FROM published_articles
 WHERE starts_at <= delivery.clock() AND (ends_at IS NULL OR ends_at > delivery.clock());

CREATE VIEW delivery.article_tags AS
SELECT t.publication_id, t.position, t.tag_id
  FROM published_tags t JOIN delivery.articles a USING (publication_id);

CREATE VIEW delivery.article_links AS
SELECT l.publication_id, a.article_id, l.kind, l.position, l.target_id
  FROM published_links l JOIN delivery.articles a USING (publication_id);

-- A tag or an author that only a draft names is not public.
CREATE VIEW delivery.tags AS
SELECT id, slug, name FROM tags
 WHERE EXISTS (SELECT FROM delivery.article_tags t WHERE t.tag_id = tags.id);

CREATE VIEW delivery.authors AS
SELECT id, name FROM authors
 WHERE EXISTS (SELECT FROM delivery.articles a WHERE a.author_id = authors.id);

CREATE VIEW delivery.categories AS SELECT id, slug, name, parent_id FROM categories;
CREATE VIEW delivery.category_ancestors AS SELECT category_id, ancestor_id, depth FROM category_ancestors;
CREATE VIEW delivery.article_types AS SELECT code, name FROM article_types;

CREATE VIEW delivery.slugs AS
SELECT s.slug, s.article_id FROM public_slugs s
 WHERE s.public_from <= delivery.clock()
   AND EXISTS (SELECT FROM delivery.articles a WHERE a.article_id = s.article_id);

CREATE VIEW delivery.view_totals AS
SELECT v.article_id, v.views FROM view_totals v
 WHERE EXISTS (SELECT FROM delivery.articles a WHERE a.article_id = v.article_id);
