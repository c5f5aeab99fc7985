CREATE OR REPLACE VIEW delivery.state WITH (security_barrier) AS
SELECT s.generation, delivery.clock() AS at,
       least((SELECT min(starts_at) FROM published_articles WHERE starts_at > delivery.clock()),
             (SELECT min(ends_at) FROM published_articles WHERE ends_at > delivery.clock())) AS next_change
  FROM publication_state s;
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
         WHERE l.publication_id = m.publication_id AND l.kind = 'translation') k;
CREATE OR REPLACE FUNCTION published_article_keys(copy published_articles) RETURNS text[] LANGUAGE sql STABLE RETURN
    array_remove(ARRAY['articles', 'article/' || copy.article_id, 'author/' || copy.author_id, 'type/' || copy.article_type,
                       'locale/' || copy.locale, 'featured/' || copy.featured,
                       'month/' || to_char(copy.published_at AT TIME ZONE 'UTC' + interval '7 hours', 'YYYY-MM')], NULL);
DROP VIEW delivery.urgent;
ALTER TABLE published_articles DROP urgent_until;
ALTER TABLE transitions DROP CONSTRAINT transitions_notes_check, DROP urgent_until, DROP notice, DROP correction;
ALTER TABLE publications
    DROP CONSTRAINT publications_urgent_until_check, DROP CONSTRAINT publications_notice_check,
    DROP CONSTRAINT publications_correction_check, DROP urgent_until, DROP notice, DROP correction;
