-- What a publication says of itself beside its version: what was wrong in what was public before it, that it was taken back
-- and why, and until when it is urgent. The version before may run beside; it writes none of this.

ALTER TABLE publications
    -- What it corrects, told to readers from its start on.
    ADD correction   text,
    -- What readers are told at its address since it was taken back.
    ADD notice       text,
    ADD urgent_until timestamptz,
    ADD CONSTRAINT publications_correction_check CHECK (length(correction) BETWEEN 1 AND 1000) NOT VALID,
    ADD CONSTRAINT publications_notice_check CHECK (
        notice IS NULL OR (length(notice) BETWEEN 1 AND 1000 AND coalesce(end_reason IN ('withdrawn', 'deleted'), false))
    ) NOT VALID,
    ADD CONSTRAINT publications_urgent_until_check CHECK (
        urgent_until > starts_at AND urgent_until <= starts_at + interval '48 hours'
    ) NOT VALID;

-- The same as the history has it.
ALTER TABLE transitions
    ADD correction   text,
    ADD notice       text,
    ADD urgent_until timestamptz,
    ADD CONSTRAINT transitions_notes_check CHECK (
        (correction IS NULL OR (name = 'publish' AND length(correction) BETWEEN 1 AND 1000))
        AND (notice IS NULL OR (name = 'unpublish' AND length(notice) BETWEEN 1 AND 1000))
        AND (urgent_until IS NULL OR name = 'publish')
    ) NOT VALID;

-- Corrections are only shown: they stand in `card`. What is urgent is listed, too.
ALTER TABLE published_articles ADD urgent_until timestamptz;

CREATE VIEW delivery.urgent WITH (security_barrier) AS
SELECT article_id, last_published_at, urgent_until FROM published_articles
 WHERE starts_at <= delivery.clock() AND (ends_at IS NULL OR ends_at > delivery.clock())
   AND urgent_until > delivery.clock();

-- As it was, and `urgent` where an urgent copy comes or goes: which articles are.
CREATE OR REPLACE FUNCTION published_article_keys(copy published_articles) RETURNS text[] LANGUAGE sql STABLE RETURN
    array_remove(ARRAY['articles', 'article/' || copy.article_id, 'author/' || copy.author_id, 'type/' || copy.article_type,
                       'locale/' || copy.locale, 'featured/' || copy.featured,
                       'month/' || to_char(copy.published_at AT TIME ZONE 'UTC' + interval '7 hours', 'YYYY-MM'),
                       CASE WHEN copy.urgent_until IS NOT NULL THEN 'urgent' END], NULL);

-- As it was, and the moments at which something ceases to be urgent.
CREATE OR REPLACE VIEW delivery.moments WITH (security_barrier) AS
SELECT m.at, k.key
  FROM (SELECT publication_id, starts_at AS at FROM published_articles
         UNION ALL
        SELECT publication_id, ends_at FROM published_articles WHERE ends_at IS NOT NULL) m
 CROSS JOIN LATERAL (
        SELECT unnest(published_article_keys(a)) AS key FROM published_articles a WHERE a.publication_id = m.publication_id
         UNION ALL
        SELECT 'category/' || c.category_id FROM published_categories c WHERE c.publication_id = m.publication_id
         UNION ALL
        SELECT 'tag/' || t.tag_id FROM published_tags t WHERE t.publication_id = m.publication_id
         UNION ALL
        SELECT 'file/' || f.media_id FROM published_media f WHERE f.publication_id = m.publication_id
         UNION ALL
        SELECT 'translations/' || l.target_id FROM published_links l
         WHERE l.publication_id = m.publication_id AND l.kind = 'translation') k
 UNION ALL
SELECT urgent_until, 'urgent' FROM published_articles WHERE urgent_until IS NOT NULL;

CREATE OR REPLACE VIEW delivery.state WITH (security_barrier) AS
SELECT s.generation, delivery.clock() AS at,
       least((SELECT min(starts_at) FROM published_articles WHERE starts_at > delivery.clock()),
             (SELECT min(ends_at) FROM published_articles WHERE ends_at > delivery.clock()),
             (SELECT min(urgent_until) FROM published_articles WHERE urgent_until > delivery.clock())) AS next_change
  FROM publication_state s;
