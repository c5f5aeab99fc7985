DROP INDEX imported_items_by_number;
DROP VIEW delivery.legacy_addresses;
DROP VIEW delivery.legacy_lists;
DROP VIEW delivery.legacy_items;
