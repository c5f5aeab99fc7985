DROP TABLE article_words;
