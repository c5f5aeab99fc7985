-- What readers are told where an article was public that was taken back with a notice, until it is published again.

-- Of an article's publications the last that began decides; in the order in which `publication/standing.rs` reads them.
CREATE VIEW delivery.notices WITH (security_barrier) AS
SELECT p.article_id, p.ended_at AS at, p.notice
  FROM publications p
 WHERE p.notice IS NOT NULL AND p.ended_at <= delivery.clock()
   AND NOT EXISTS (SELECT FROM publications later
                    WHERE later.article_id = p.article_id AND later.starts_at <= delivery.clock()
                      AND (later.starts_at, later.id) > (p.starts_at, p.id));

-- Where: at every slug that the article had in public.
CREATE VIEW delivery.noticed_slugs WITH (security_barrier) AS
SELECT s.slug, s.article_id FROM public_slugs s
 WHERE s.public_from <= delivery.clock()
   AND EXISTS (SELECT FROM delivery.notices n WHERE n.article_id = s.article_id);
