ALTER VIEW delivery.article_changes SET (security_barrier);
