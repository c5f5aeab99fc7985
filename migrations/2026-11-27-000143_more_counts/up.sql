-- Numbers of articles by language and of those that are featured: a list by two conditions walks the one of fewest articles,
-- and so has to know how many each has.
CREATE OR REPLACE FUNCTION counts_of(copy published_articles)
    RETURNS TABLE (facet text, value text, at timestamptz, articles integer) LANGUAGE sql STABLE ROWS 4
BEGIN ATOMIC
    SELECT f.facet, f.value, m.at, m.articles
      FROM (VALUES ('all', ''), ('author', (copy).author_id::text), ('type', (copy).article_type),
                   ('locale', (copy).locale), ('featured', (copy).featured::text),
                   ('month', month_in_vietnam((copy).published_at))) AS f (facet, value),
           (VALUES ((copy).starts_at, 1), ((copy).ends_at, -1)) AS m (at, articles)
     WHERE f.value IS NOT NULL AND m.at IS NOT NULL;
END;
SELECT published_counts_set_right();
SELECT published_counts_fold();
