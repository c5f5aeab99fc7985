-- Authors in the order of a Vietnamese dictionary. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS authors_by_name ON authors (name COLLATE "vi-x-icu", id);
