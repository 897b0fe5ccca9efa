-- A schema without a row: what types, keys and conditions SQLite knows, as far as the other example databases lack them.

CREATE TABLE grade (
    letter TEXT PRIMARY KEY CHECK (length(letter) = 1 AND letter BETWEEN 'A' AND 'F'),
    passed BOOLEAN NOT NULL UNIQUE CHECK (passed IN (0, 1)),
    title  VARCHAR(40) NOT NULL
) WITHOUT ROWID;

CREATE TABLE customer (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    email      TEXT NOT NULL UNIQUE CHECK (email LIKE '%_@_%'),
    first_name TEXT NOT NULL CHECK (first_name = trim(first_name)),
    last_name  TEXT NOT NULL COLLATE NOCASE,
    nickname   TEXT,
    born       DATE CHECK (born > '1900-01-01'),
    postcode   TEXT CHECK (postcode GLOB '[A-Z][A-Z]-[0-9][0-9][0-9][0-9]'),
    mood       TEXT NOT NULL DEFAULT 'calm' CHECK (mood IN ('calm', 'merry', 'cross')),
    points     INTEGER CHECK (points BETWEEN 1 AND 999),
    referrer   INTEGER REFERENCES customer,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP,
    CHECK (referrer <> id),
    CHECK (updated_at >= created_at)
);
CREATE UNIQUE INDEX customer_nickname ON customer (lower(nickname)) WHERE nickname IS NOT NULL;
CREATE UNIQUE INDEX customer_names ON customer (last_name, first_name);

CREATE TABLE room (
    id       INTEGER PRIMARY KEY,
    floor    INTEGER NOT NULL CHECK (floor BETWEEN -2 AND 30),
    code     TEXT NOT NULL CHECK (length(code) = 7),
    size     REAL NOT NULL CHECK (size > 5),
    picture  BLOB,
    features TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(features)),
    label    TEXT AS (code || '@' || floor) VIRTUAL,
    UNIQUE (floor, code)
) STRICT;

CREATE TABLE payment (
    id       INTEGER PRIMARY KEY,
    customer INTEGER NOT NULL REFERENCES customer ON DELETE CASCADE,
    room     INTEGER NOT NULL REFERENCES room,
    card     TEXT CHECK (card LIKE 'C-%'),
    account  TEXT,
    net      DECIMAL(10, 2) NOT NULL CHECK (net > 0),
    kind     TEXT NOT NULL CHECK (kind IN ('card', 'account')),
    anything,
    CHECK ((card IS NULL) <> (account IS NULL)),
    CHECK ((kind = 'card') = (card IS NOT NULL))
);

CREATE TABLE department (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    head INTEGER NOT NULL REFERENCES employee DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE employee (
    id         INTEGER PRIMARY KEY,
    department INTEGER NOT NULL REFERENCES department DEFERRABLE INITIALLY DEFERRED,
    name       TEXT NOT NULL
);

CREATE TABLE pair (
    low  INTEGER NOT NULL REFERENCES customer,
    high INTEGER NOT NULL REFERENCES customer,
    PRIMARY KEY (low, high),
    CHECK (low < high)
);
