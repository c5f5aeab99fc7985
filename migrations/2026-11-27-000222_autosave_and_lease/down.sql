DROP TABLE article_leases;
DROP TRIGGER autosave_was_saved ON article_versions;
DROP FUNCTION autosave_was_saved();
DROP TABLE article_autosaves;
