-- The public articles that are read aloud, for the podcast. The condition is in the view, so that the index of the next
-- migration has exactly these. Lists walk it in the order of that index, which a barrier would keep from being seen; ids and
-- dates are all that it shows.
CREATE VIEW delivery.recordings AS
SELECT article_id, published_at
  FROM published_articles
 WHERE rest ? 'audio' AND starts_at <= delivery.clock() AND (ends_at IS NULL OR ends_at > delivery.clock());
