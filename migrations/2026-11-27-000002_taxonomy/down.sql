DROP TABLE role_grants;
DROP TABLE tags;
DROP TABLE authors;
DROP TABLE article_types;
DROP TABLE category_ancestors;
DROP TABLE categories;
DROP FUNCTION category_placed();
