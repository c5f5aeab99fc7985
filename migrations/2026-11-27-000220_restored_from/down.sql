ALTER TABLE article_versions DROP restored_from;
