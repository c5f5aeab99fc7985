-- The line above the title is searched like the title. Copies from before have none, and keep their terms.

-- The terms of these copies. Of a body the first 200 KB or so are searched, some 30,000 words: a tsvector holds 1 MB.
CREATE OR REPLACE FUNCTION search_documents(publications uuid[]) RETURNS TABLE (publication_id uuid, terms tsvector)
LANGUAGE sql STABLE AS $$
    SELECT p.publication_id, array_to_tsvector(
               search_terms('', concat_ws(E' \u001f ', p.card ->> 'kicker', p.card ->> 'title', tags.names, p.card ->> 'summary',
                                          left(plain.body, plain.bound)))
            || search_terms('A:', concat_ws(E' \u001f ', p.card ->> 'kicker', p.card ->> 'title'))
            || coalesce(search_terms('B:', tags.names), '{}')
            || coalesce(search_terms('C:', p.card ->> 'summary'), '{}')
            || tags.terms
            || ARRAY['c:' || p.category_id, 'y:' || p.article_type, 'l:' || p.locale,
                     'w:' || floor(extract(epoch FROM p.published_at) / 604800)]
            || CASE WHEN p.author_id IS NULL THEN '{}' ELSE ARRAY['a:' || p.author_id] END
            || CASE WHEN p.featured THEN ARRAY['f:'] ELSE '{}' END)
      FROM published_articles p
      LEFT JOIN LATERAL (
            SELECT string_agg(name, E' \u001f ') AS names, coalesce(array_agg('t:' || id) FILTER (WHERE id IS NOT NULL), '{}') AS terms
              FROM published_tags JOIN tags ON tags.id = tag_id
             WHERE published_tags.publication_id = p.publication_id) tags ON true
      LEFT JOIN LATERAL (
            SELECT body, (200000::bigint * length(body) / greatest(octet_length(body), 1))::integer AS bound
              FROM (SELECT search_plain(p.rest ->> 'body') AS body OFFSET 0) whole) plain ON true
     WHERE p.publication_id = ANY (publications)
$$;
