-- Cards as lists show them, written at publication: a page of a list is one range of an index and what stands in the rows.
--
-- `shown` is a JSON object, as readers get it but for what may be called otherwise tomorrow: author, category, type and tags,
-- which are named by the ids beside it. `shown_rules` is the edition of the rules by which it was written (`src/card/mod.rs`);
-- 0 where it was not, for the version before may run beside and writes none. The job `cards` writes what is missing.
-- It stands in the row as it is, whatever else of the row has to be kept elsewhere.
ALTER TABLE published_articles
    ADD tags        uuid[],
    ADD shown       text,
    ADD shown_rules smallint NOT NULL DEFAULT 0,
    ADD CONSTRAINT published_articles_shown CHECK (shown_rules = 0 OR (shown IS NOT NULL AND tags IS NOT NULL)) NOT VALID,
    ALTER shown SET STORAGE MAIN;

-- Where tags are merged or let go of, what stands beside the card follows.
CREATE FUNCTION published_tags_followed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE published_articles a SET tags = now.tags
      FROM (SELECT c.publication_id, ARRAY(SELECT t.tag_id FROM published_tags t
                                            WHERE t.publication_id = c.publication_id ORDER BY t.position) AS tags
              FROM (SELECT DISTINCT publication_id FROM changed) c) now
     WHERE a.publication_id = now.publication_id AND a.tags <> now.tags;
    RETURN NULL;
END $$;
CREATE TRIGGER followed_new AFTER INSERT ON published_tags
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION published_tags_followed();
CREATE TRIGGER followed_other AFTER UPDATE ON published_tags
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION published_tags_followed();
CREATE TRIGGER followed_gone AFTER DELETE ON published_tags
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION published_tags_followed();

-- Who keeps names in memory has to know how old they are: the last state that changed everything, which names do.
ALTER TABLE publication_state ADD everything bigint NOT NULL DEFAULT 0;
CREATE OR REPLACE FUNCTION publication_told(keys text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO publication_changes (generation, key) SELECT publication_raised(), key FROM unnest(keys) AS key
        ON CONFLICT DO NOTHING;
    UPDATE publication_state SET everything = generation WHERE 'everything' = ANY(keys) AND everything <> generation;
$$;

-- Who writes copies anew in another form, so that nothing that is shown, found or counted becomes another, says so before.
CREATE FUNCTION publication_as_before() RETURNS void LANGUAGE sql AS $$
    SELECT set_config('tintuc.in_bulk', pg_current_xact_id()::text, true)
$$;

-- What is public, as `delivery.articles` has it (a test holds the two together), with the cards. Their columns are not in that
-- view, for a migration that takes one back would have to make anew all that stands on it.
CREATE VIEW delivery.shown AS
SELECT publication_id, article_id, slug, published_at, first_published_at, last_published_at, expires_at,
       locale, featured, author_id, category_id, article_type, card, rest, tags, shown, shown_rules,
       (SELECT everything FROM publication_state) AS named
  FROM published_articles
 WHERE starts_at <= delivery.clock() AND (ends_at IS NULL OR ends_at > delivery.clock());

-- The same by each category that an article is in or below, and by each of its tags. Dates and ids are those of the index that
-- lists are read from. The views `delivery.cards…` are the version before's.
CREATE VIEW delivery.shown_by_category AS
SELECT p.category_id AS in_category, p.article_id, p.published_at,
       a.publication_id, a.last_published_at, a.expires_at,
       a.locale, a.featured, a.author_id, a.category_id, a.article_type, a.tags, a.shown, a.shown_rules, a.named
  FROM published_categories p JOIN delivery.shown a USING (publication_id);
CREATE VIEW delivery.shown_by_tag AS
SELECT p.tag_id AS with_tag, p.article_id, p.published_at,
       a.publication_id, a.last_published_at, a.expires_at,
       a.locale, a.featured, a.author_id, a.category_id, a.article_type, a.tags, a.shown, a.shown_rules, a.named
  FROM published_tags p JOIN delivery.shown a USING (publication_id);
