-- That every article keeps to it is looked at beside those who write.
ALTER TABLE articles VALIDATE CONSTRAINT articles_review_check;
