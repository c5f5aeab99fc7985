DROP VIEW delivery.view_days, delivery.view_totals;
DROP FUNCTION append_views;
DROP TABLE view_days;
DROP TABLE view_mark;
DROP TABLE view_batches;
DROP TABLE view_totals;
