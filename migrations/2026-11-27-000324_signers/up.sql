-- The authors who are persons: somebody with an account signs so. The others are offices, as far as anybody has written down.
CREATE VIEW delivery.signers WITH (security_barrier) AS
SELECT id FROM authors
 WHERE user_id IS NOT NULL AND EXISTS (SELECT FROM delivery.articles a WHERE a.author_id = authors.id);
