DROP VIEW delivery.noticed_slugs;
DROP VIEW delivery.notices;
