-- Previews: who holds the address of one reads one version of an article without signing in. The address itself is not
-- kept: it is signed with the installation's key. To end a preview is to remove its row; the event log has what there was.
CREATE TABLE article_previews (
    id         uuid PRIMARY KEY,
    article_id uuid        NOT NULL,
    version    integer     NOT NULL,
    -- It shows nobody what this person may not read.
    made_by    uuid        NOT NULL REFERENCES users,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (article_id, version) REFERENCES article_versions ON DELETE CASCADE,
    CHECK (expires_at > made_at AND expires_at <= made_at + interval '24 hours')
);
CREATE INDEX article_previews_by_article ON article_previews (article_id, version);
