-- A newsroom after five busy years: what `bench/lists` looks at. Runs as the superuser, who skips triggers and foreign keys: rows
-- are made in bulk, and made to fit. :events, :transitions and :articles are how many; the others follow.
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';

-- Ids in the order of numbers, as those of the service are in the order of time.
CREATE FUNCTION pg_temp.id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN ('01900000-000' || kind || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
-- Scattered, and the same again with each run.
CREATE FUNCTION pg_temp.any_of(many bigint, n bigint, salt int) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN 1 + abs(hashint8extended(n, salt)) % many;
CREATE FUNCTION pg_temp.moment(n bigint, many bigint) RETURNS timestamptz LANGUAGE sql STABLE
    RETURN date_trunc('minute', now()) - interval '5 years' * (1 - n::float8 / many);

INSERT INTO users (id, email, name, password_hash, disabled_at, created_at)
SELECT pg_temp.id(1, n), 'p' || n || '@tinh.example', 'Phòng ' || n, '$argon2id$none', CASE WHEN n % 40 = 0 THEN now() END, now()
  FROM generate_series(1, 5000) n;
INSERT INTO categories (id, slug, name, parent_id, created_at)
SELECT pg_temp.id(2, n), 'chuyen-muc-' || n, 'Chuyên mục ' || n, CASE WHEN n > 20 THEN pg_temp.id(2, 1 + n % 20) END, now()
  FROM generate_series(1, 200) n;
INSERT INTO category_ancestors (category_id, ancestor_id, depth)
SELECT pg_temp.id(2, n), pg_temp.id(2, n), 0 FROM generate_series(1, 200) n UNION ALL
SELECT pg_temp.id(2, n), pg_temp.id(2, 1 + n % 20), 1 FROM generate_series(21, 200) n;
INSERT INTO role_grants (id, user_id, role, category_id, created_at)
SELECT pg_temp.id(3, n), pg_temp.id(1, n), (ARRAY['author', 'editor', 'approver'])[1 + n % 3],
       CASE WHEN n % 2 = 0 THEN pg_temp.id(2, 1 + n % 200) END, now()
  FROM generate_series(1, 5000) n;
INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, ended_at, end_reason)
SELECT pg_temp.id(4, n), pg_temp.id(1, 1 + n % 5000), pg_temp.moment(n, 500000), pg_temp.moment(n, 500000),
       pg_temp.moment(n, 500000) + interval '30 days', CASE WHEN n % 3 = 0 THEN pg_temp.moment(n, 500000) END,
       CASE WHEN n % 3 = 0 THEN 'logout' END
  FROM generate_series(1, 500000) n;
INSERT INTO api_keys (id, digest, prefix, name, scopes, has_grants, made_by, made_at)
SELECT pg_temp.id(5, n), sha256(n::text::bytea), 'ttk_' || lpad(n::text, 8, '0'), 'Khóa ' || n, ARRAY['read'], false,
       pg_temp.id(1, 1 + n % 5000), now()
  FROM generate_series(1, 20000) n;
INSERT INTO authors (id, name, name_key, created_at)
SELECT pg_temp.id(6, n), 'Tác giả ' || n, 'tác giả ' || n, now() FROM generate_series(1, 5000) n;
INSERT INTO tags (id, slug, name, name_key, created_at)
SELECT pg_temp.id(7, n), 'tu-khoa-' || n, 'Từ khóa ' || n, 'từ khóa ' || n, now() FROM generate_series(1, 30000) n;
INSERT INTO published_counts (facet, value, articles)
SELECT 'tag', pg_temp.id(7, n)::text, n % 90 FROM generate_series(1, 30000) n UNION ALL
SELECT 'author', pg_temp.id(6, n)::text, n % 90 FROM generate_series(1, 5000) n;

-- One was written, so that versions say all that one says.
CREATE TEMP TABLE sample AS SELECT content FROM article_versions LIMIT 1;
-- Of each article five versions, of the first as many as an article of a hand that never rests has.
INSERT INTO articles (id, approval, current_version, revision, title, locale, category_id, article_type, author_id, complete,
                      created_at, created_by, updated_at, updated_by, deleted_at, deleted_by)
SELECT pg_temp.id(8, n), (ARRAY['draft', 'pending', 'approved', 'rejected'])[CASE WHEN n % 50 < 40 THEN 3 ELSE 1 + n % 4 END],
       CASE n WHEN 1 THEN 500 ELSE 5 END, 9, 'Tin ' || n, CASE WHEN n % 90 = 1 THEN 'en' ELSE 'vi' END,
       pg_temp.id(2, pg_temp.any_of(200, n, 1)), CASE WHEN n % 80 = 2 THEN 'video' ELSE 'announcement' END,
       pg_temp.id(6, pg_temp.any_of(5000, n, 2)), true, pg_temp.moment(n, :articles),
       pg_temp.id(1, pg_temp.any_of(5000, n, 3)), pg_temp.moment(n, :articles), pg_temp.id(1, pg_temp.any_of(5000, n, 4)),
       CASE WHEN n % 20 = 0 THEN pg_temp.moment(n, :articles) + interval '1 hour' END,
       CASE WHEN n % 20 = 0 THEN pg_temp.id(1, 7) END
  FROM generate_series(1::bigint, :articles) n;
INSERT INTO article_versions (article_id, version, content, edited_by, edited_at)
SELECT pg_temp.id(8, n), v, content || jsonb_build_object('title', 'Tin ' || n, 'tags',
           jsonb_build_array(pg_temp.id(7, pg_temp.any_of(30000, n, v)), pg_temp.id(7, pg_temp.any_of(30000, n, v + 9)))),
       pg_temp.id(1, pg_temp.any_of(5000, n, 3)), pg_temp.moment(n, :articles)
  FROM sample, generate_series(1::bigint, :articles) n, generate_series(1, CASE n WHEN 1 THEN 500 ELSE 5 END) v;
INSERT INTO transitions (article_id, version, name, from_approval, to_approval, actor_id, at)
SELECT pg_temp.id(8, CASE WHEN n % 50 = 0 THEN 1 ELSE 1 + n % :articles END), 1 + n % 5,
       (ARRAY['submit', 'approve', 'publish', 'unpublish'])[1 + n % 4], 'draft', 'pending',
       pg_temp.id(1, pg_temp.any_of(5000, n, 5)), pg_temp.moment(n, :transitions)
  FROM generate_series(1::bigint, :transitions) n;
-- Of what is approved nearly all was published. A few are to appear yet, were taken back, or have had their time.
INSERT INTO publications (id, article_id, version, approval_id, starts_at, expires_at, ended_at, end_reason)
SELECT pg_temp.id(9, n), pg_temp.id(8, n), 5, n,
       CASE WHEN n % 4000 = 3 THEN now() + interval '1 day' ELSE pg_temp.moment(n, :articles) END,
       CASE WHEN n % 2000 = 5 THEN pg_temp.moment(n, :articles) + interval '1 hour' END,
       CASE WHEN n % 2000 = 6 THEN pg_temp.moment(n, :articles) + interval '1 hour' END,
       CASE WHEN n % 2000 = 6 THEN 'withdrawn' END
  FROM generate_series(1::bigint, :articles) n WHERE n % 4 > 0 OR (n % 50 < 40 AND n % 4000 <> 4);
UPDATE articles SET awaits_publication = true WHERE id IN (
    SELECT pg_temp.id(8, n) FROM generate_series(4::bigint, :articles, 4000) n);
-- Each says what all say, and a word of its own.
INSERT INTO article_words (article_id, version, words)
SELECT pg_temp.id(8, n), 5, ARRAY['tin', 'van', 'phong', 'thong', 'bao', 'tu' || n] FROM generate_series(1::bigint, :articles) n;
INSERT INTO article_comments (id, article_id, version, text, author_id, at)
SELECT pg_temp.id(0, n), pg_temp.id(8, CASE WHEN n % 50 = 0 THEN 1 ELSE 1 + n % :articles END), 1, 'Đã xem', pg_temp.id(1, 1 + n % 5000),
       pg_temp.moment(n, 500000)
  FROM generate_series(1, 500000) n;
INSERT INTO royalties (article_id, revision, amount, currency, set_by, set_at)
SELECT pg_temp.id(8, n), r, 100000 * r, 'VND', pg_temp.id(1, 9), pg_temp.moment(n, :articles)
  FROM generate_series(1::bigint, :articles) n, generate_series(1, 2) r WHERE n % 3 > 0;

-- Two in five by one account, by a key of its own; one in twenty about one article; a few things of rare kinds, and somebody who
-- does next to nothing. In the first year one more did a third of everything, of a kind that has not come since.
INSERT INTO events (kind, subject_id, actor_id, key_id, data, recorded_at, request_id, address)
SELECT CASE WHEN n % 3 = 0 AND n < :events / 5 THEN CASE WHEN n % 30000 = 0 THEN 'media.deleted' ELSE 'media.created' END
            WHEN n % 100000 = 7 THEN 'category.deleted'
            ELSE (ARRAY['article.edited', 'article.edited', 'article.submitted', 'article.approved', 'session.started'])[1 + n % 5] END,
       pg_temp.id(8, CASE WHEN n % 20 = 0 THEN 1 ELSE pg_temp.any_of(:articles, n, 6) END),
       CASE WHEN n % 3 = 0 AND n < :events / 5 THEN pg_temp.id(1, 4998)
            WHEN n % 1000000 = 9 THEN pg_temp.id(1, 4999) WHEN n % 10 < 4 THEN pg_temp.id(1, 1)
            ELSE pg_temp.id(1, pg_temp.any_of(4997, n, 7)) END,
       CASE WHEN n % 3 = 0 AND n < :events / 5 THEN NULL WHEN n % 10 < 4 THEN pg_temp.id(5, 1)
            WHEN n % 1000 = 99 THEN pg_temp.id(5, pg_temp.any_of(20000, n, 8)) END,
       '{"version": 2}', pg_temp.moment(n, :events), pg_temp.id(8, n), '203.0.113.7'
  FROM generate_series(1::bigint, :events) n;
RESET session_replication_role;
VACUUM (ANALYZE);
