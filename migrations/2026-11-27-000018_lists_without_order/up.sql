-- Indexes whose place is taken by `articles_of_author` and `articles_of_type`, which begin with the same column; and one that
-- says no more than the primary key. Who keeps the tables for long is not waited for: the update then begins anew.
SET LOCAL lock_timeout = '5s';
DROP INDEX articles_by_author, articles_by_type, media_newest;
