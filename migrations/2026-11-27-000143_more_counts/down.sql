CREATE OR REPLACE FUNCTION counts_of(copy published_articles)
    RETURNS TABLE (facet text, value text, at timestamptz, articles integer) LANGUAGE sql STABLE ROWS 4
BEGIN ATOMIC
    SELECT f.facet, f.value, m.at, m.articles
      FROM (VALUES ('all', ''), ('author', (copy).author_id::text), ('type', (copy).article_type),
                   ('month', month_in_vietnam((copy).published_at))) AS f (facet, value),
           (VALUES ((copy).starts_at, 1), ((copy).ends_at, -1)) AS m (at, articles)
     WHERE f.value IS NOT NULL AND m.at IS NOT NULL;
END;
DELETE FROM published_counts WHERE facet IN ('locale', 'featured');
DELETE FROM published_count_changes WHERE facet IN ('locale', 'featured');
