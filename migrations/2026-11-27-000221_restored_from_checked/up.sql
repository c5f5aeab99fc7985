-- Holds the versions of before against the step before, while writers go on.
ALTER TABLE article_versions VALIDATE CONSTRAINT article_versions_restored_from_check;
ALTER TABLE article_versions VALIDATE CONSTRAINT article_versions_restored_from_fkey;
