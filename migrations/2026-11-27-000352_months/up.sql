-- The months of Vietnam's time that public articles are dated in: how many, and when the last of them became public as it is.
-- Numbers are those that are kept; the index of the next migration has the moment, whatever a month holds.
CREATE VIEW delivery.months WITH (security_barrier) AS
SELECT c.value AS month, c.articles, newest.last_published_at
  FROM delivery.counts c
 CROSS JOIN LATERAL (SELECT a.last_published_at FROM published_articles a
                      WHERE date_trunc('month', a.published_at AT TIME ZONE 'Asia/Ho_Chi_Minh') = (c.value || '-01')::timestamp
                        AND a.starts_at <= delivery.clock() AND (a.ends_at IS NULL OR a.ends_at > delivery.clock())
                      ORDER BY a.last_published_at DESC LIMIT 1) newest
 WHERE c.facet = 'month';
