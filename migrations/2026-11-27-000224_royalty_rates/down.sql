DROP TABLE royalty_rates;
DROP TABLE royalty_rate_tables;
