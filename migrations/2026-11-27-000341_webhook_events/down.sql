DROP TRIGGER announced ON publications;
DROP TRIGGER moments ON publications;
DROP FUNCTION publication_announced(), publication_moments(), webhook_clock(integer), webhook_announce(uuid),
              webhook_lock(uuid), publication_at(uuid, timestamptz);
DROP TABLE webhook_events, webhook_told, webhook_moments;
