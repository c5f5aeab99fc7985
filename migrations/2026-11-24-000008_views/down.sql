-- Views of the last second, not yet in the totals, are lost with the log.
DROP VIEW delivery.view_days;
DROP FUNCTION append_views;
DROP INDEX view_totals_by_views;
ALTER TABLE view_totals RESET (fillfactor);
DROP TABLE view_days;
DROP TABLE view_mark;
DROP TABLE view_batches;
