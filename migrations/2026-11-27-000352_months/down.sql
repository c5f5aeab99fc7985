DROP VIEW delivery.months;
