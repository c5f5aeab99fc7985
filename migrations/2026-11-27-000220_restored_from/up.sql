-- A version that was made by restoring an earlier one says which. The release before, beside this one, restores none and
-- leaves it null.
ALTER TABLE article_versions
    ADD restored_from integer,
    ADD CONSTRAINT article_versions_restored_from_check CHECK (restored_from < version) NOT VALID,
    ADD CONSTRAINT article_versions_restored_from_fkey
        FOREIGN KEY (article_id, restored_from) REFERENCES article_versions NOT VALID;
