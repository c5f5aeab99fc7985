DROP SCHEMA delivery CASCADE;
DROP TABLE view_visits;
DROP TABLE view_totals;
DROP TABLE public_slugs;
DROP TABLE published_links;
DROP TABLE published_tags;
DROP TABLE published_articles;
DROP TABLE publications;
-- The extension stays: another schema of the database may use it.
