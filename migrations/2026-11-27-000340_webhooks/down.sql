DROP TABLE webhook_lanes, webhook_deliveries, webhooks;
