DROP VIEW delivery.recordings;
