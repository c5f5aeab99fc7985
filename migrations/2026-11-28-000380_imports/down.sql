DROP VIEW delivery.article_changes;
CREATE VIEW delivery.article_changes AS
SELECT article_id, generation, appeared, CASE WHEN alert IS NULL THEN 0 ELSE alerted END AS alerted, filed, at,
       called_off, public_from
  FROM article_changes WHERE called_off OR public_from <= delivery.clock();
DROP FUNCTION import_announce(uuid[]);
DROP TRIGGER quietly ON article_changes;
DROP FUNCTION article_changed_quietly();
ALTER TABLE article_changes DROP COLUMN quiet;
DROP FUNCTION told_quietly();
DROP FUNCTION publication_quietly();
DROP INDEX articles_legacy_id_key;
-- Of two lists with the same numbers, the one that was taken from first keeps them.
UPDATE articles a SET legacy_id = NULL
 WHERE EXISTS (SELECT FROM articles b WHERE b.legacy_id = a.legacy_id AND b.id < a.id);
ALTER TABLE articles DROP COLUMN legacy_list;
ALTER TABLE articles ADD CONSTRAINT articles_legacy_id_key UNIQUE (legacy_id);
DROP TABLE old_addresses, imported_files, import_acts, imported_items, import_runs, import_lists;
