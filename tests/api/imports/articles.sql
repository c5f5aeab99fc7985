jsonb_build_object(
    'id', a.legacy_id,
    'guid', i.guid,
    'action', 'written',
    'title', a.title,
    'summary', v.content ->> 'summary',
    'body', v.content ->> 'body',
    'external_url', v.content ->> 'external_url',
    'published_at', v.content ->> 'published_at',
    'featured', v.content -> 'featured',
    'author', (SELECT name FROM authors WHERE id = a.author_id),
    'category', (SELECT name FROM categories WHERE id = a.category_id),
    'article_type', a.article_type,
    'page_count', v.content -> 'page_count',
    'photo_count', v.content -> 'photo_count',
    'royalty', (SELECT amount FROM royalties r WHERE r.article_id = a.id ORDER BY revision DESC LIMIT 1),
    'related', (SELECT coalesce(jsonb_agg(b.legacy_id ORDER BY n), '[]')
                  FROM jsonb_array_elements_text(v.content -> 'related') WITH ORDINALITY r (id, n) JOIN articles b ON b.id = r.id::uuid),
    'image', (SELECT sha256 FROM files WHERE id = (v.content #>> '{image,media_id}')::uuid),
    'description_image', (SELECT sha256 FROM files WHERE id = (v.content #>> '{description_image,media_id}')::uuid),
    'audio', (SELECT sha256 FROM files WHERE id = (v.content #>> '{audio,media_id}')::uuid),
    'attachments', (SELECT coalesce(jsonb_agg(f.sha256 ORDER BY n), '[]')
                      FROM jsonb_array_elements(v.content -> 'attachments') WITH ORDINALITY r (it, n)
                      JOIN files f ON f.id = (it ->> 'media_id')::uuid),
    'tags', (SELECT coalesce(jsonb_agg(t.name ORDER BY n), '[]')
               FROM jsonb_array_elements_text(v.content -> 'tags') WITH ORDINALITY r (id, n) JOIN tags t ON t.id = r.id::uuid),
    'source_name', v.content #>> '{source,name}',
    'views', coalesce((SELECT views FROM view_totals w WHERE w.article_id = a.id), 0),
    'status', CASE WHEN live.id IS NOT NULL THEN 'live'
                   WHEN EXISTS (SELECT FROM publications p WHERE p.article_id = a.id AND p.starts_at > now()) THEN 'scheduled'
                   ELSE 'unpublished' END,
    'approval', a.approval,
    'public_title', (SELECT content ->> 'title' FROM article_versions w WHERE w.article_id = a.id AND w.version = live.version),
    'first_published_at', (SELECT to_char(min(starts_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                             FROM publications p WHERE p.article_id = a.id AND p.starts_at <= now()),
    'last_published_at', to_char(live.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'created_at', to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'versions', (SELECT jsonb_agg(jsonb_build_object(
                            'at', to_char(w.edited_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                            'by', u.name,
                            'title', w.content ->> 'title',
                            'approved', EXISTS (SELECT FROM transitions t WHERE t.article_id = a.id AND t.version = w.version AND t.name = 'approve'))
                        ORDER BY w.version)
                   FROM article_versions w JOIN users u ON u.id = w.edited_by WHERE w.article_id = a.id)) AS article
  FROM articles a
  JOIN imported_items i ON i.article_id = a.id
  JOIN article_versions v ON v.article_id = a.id AND v.version = a.current_version
  LEFT JOIN LATERAL (SELECT p.id, p.version, p.starts_at FROM publications p
                      WHERE p.article_id = a.id AND p.starts_at <= now() AND coalesce(least(p.expires_at, p.ended_at) > now(), true)) live ON true
