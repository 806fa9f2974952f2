-- One region to a file.
CREATE TABLE region (
    name TEXT NOT NULL
) STRICT;

-- The envelope stands in the open; the body is sealed before it comes here. The checksum is over all of it, because
-- SQLite itself does not notice a flipped bit in the content of a page.
CREATE TABLE records (
    class TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    grouping TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (class, id)
) STRICT;

-- Each way to list has its order in an index, so that no list sorts.
CREATE INDEX records_by_time ON records (class, created, id);
CREATE INDEX records_by_subject ON records (class, subject, created, id);
CREATE INDEX records_by_grouping ON records (class, grouping, created, id);
CREATE INDEX records_by_end ON records (expires) WHERE expires IS NOT NULL;
