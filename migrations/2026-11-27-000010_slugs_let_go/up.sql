-- Slugs that an article was to have by a schedule which was called off or replaced, and that it has bettered since, are free
-- again: the public never saw them. From now on that happens with the schedule. Who edits such an article meanwhile is
-- waited for; nothing else is.
WITH held AS (
    SELECT s.slug FROM slugs s JOIN articles a ON a.id = s.article_id
     WHERE a.slug IS DISTINCT FROM s.slug AND NOT EXISTS (SELECT FROM public_slugs p WHERE p.slug = s.slug)
       FOR UPDATE OF a, s
)
DELETE FROM slugs USING held WHERE slugs.slug = held.slug;
