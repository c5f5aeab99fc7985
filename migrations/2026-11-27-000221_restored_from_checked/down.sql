-- Unchecked again, as the step before leaves them.
ALTER TABLE article_versions
    DROP CONSTRAINT article_versions_restored_from_check,
    DROP CONSTRAINT article_versions_restored_from_fkey,
    ADD CONSTRAINT article_versions_restored_from_check CHECK (restored_from < version) NOT VALID,
    ADD CONSTRAINT article_versions_restored_from_fkey
        FOREIGN KEY (article_id, restored_from) REFERENCES article_versions NOT VALID;
