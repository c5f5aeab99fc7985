-- Where the public finds what was taken over: numbers of items, and addresses that they had, of articles that are public or
-- were taken back with a notice. What is hidden is which numbers drafts had, and so all are barriers.
--
-- Notices are written out once more instead of read from their view: as a barrier it would be read whole for each question.
-- For the same reason these are unions: an OR of two conditions has the planner hash all that is public.
CREATE VIEW delivery.legacy_items WITH (security_barrier) AS
SELECT i.list_id, i.item_id, i.article_id
  FROM imported_items i JOIN delivery.articles a ON a.article_id = i.article_id
 UNION ALL
SELECT i.list_id, i.item_id, i.article_id
  FROM imported_items i JOIN publications p ON p.article_id = i.article_id
 WHERE p.notice IS NOT NULL AND p.ended_at <= delivery.clock()
   AND NOT EXISTS (SELECT FROM publications later
                    WHERE later.article_id = p.article_id AND later.starts_at <= delivery.clock()
                      AND (later.starts_at, later.id) > (p.starts_at, p.id))
 UNION ALL
-- Numbers that editors wrote, as the public has them: no list is known of them, unless they are taken over with one.
SELECT NULL, a.legacy_id, a.id
  FROM articles a JOIN delivery.articles p ON p.article_id = a.id AND p.card ->> 'legacy_id' = a.legacy_id::text
 WHERE a.legacy_id IS NOT NULL AND a.legacy_list IS NULL
   AND NOT EXISTS (SELECT FROM imported_items i WHERE i.article_id = a.id);

-- The lists that were taken over: few, and where they were says nothing of any article.
CREATE VIEW delivery.legacy_lists WITH (security_barrier) AS
SELECT list_id, folder, patterns FROM import_lists;

CREATE VIEW delivery.legacy_addresses WITH (security_barrier) AS
SELECT o.address, o.list_id, o.item_id
  FROM old_addresses o
       JOIN imported_items i ON i.list_id = o.list_id AND i.item_id = o.item_id
       JOIN delivery.articles a ON a.article_id = i.article_id
 UNION ALL
SELECT o.address, o.list_id, o.item_id
  FROM old_addresses o
       JOIN imported_items i ON i.list_id = o.list_id AND i.item_id = o.item_id
       JOIN publications p ON p.article_id = i.article_id
 WHERE p.notice IS NOT NULL AND p.ended_at <= delivery.clock()
   AND NOT EXISTS (SELECT FROM publications later
                    WHERE later.article_id = p.article_id AND later.starts_at <= delivery.clock()
                      AND (later.starts_at, later.id) > (p.starts_at, p.id));

-- Numbers are asked for without a list.
CREATE INDEX imported_items_by_number ON imported_items (item_id);
