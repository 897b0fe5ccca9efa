-- A schema without a row: what types, keys and conditions MySQL and MariaDB know, as far as the other example databases lack them.

CREATE TABLE grade (
    letter char(1) CHARACTER SET latin1 COLLATE latin1_bin PRIMARY KEY CHECK (letter BETWEEN 'A' AND 'F'),
    passed bool NOT NULL UNIQUE,
    title  varchar(40) NOT NULL
);

CREATE TABLE customer (
    id         int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email      varchar(80) NOT NULL UNIQUE,
    first_name varchar(40) NOT NULL CHECK (first_name = trim(first_name)),
    last_name  varchar(40) NOT NULL,
    nickname   varchar(12),
    born       date CHECK (born > '1900-01-01'),
    postcode   varchar(12) CHECK (postcode REGEXP '^[A-Z]{2}-[0-9]{4,6}$'),
    mood       enum('calm', 'merry', 'cross') NOT NULL DEFAULT 'calm',
    hobbies    set('chess', 'music', 'sport') NOT NULL DEFAULT '',
    points     tinyint unsigned,
    referrer   int unsigned,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at datetime,
    full_name  varchar(81) AS (concat(first_name, ' ', last_name)) STORED,
    UNIQUE KEY customer_names (last_name, first_name, born),
    UNIQUE KEY customer_nickname (nickname(8)),
    CONSTRAINT customer_referrer FOREIGN KEY (referrer) REFERENCES customer (id)
) COMMENT 'People who book rooms';

CREATE TABLE room (
    id        smallint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    floor     tinyint NOT NULL CHECK (floor BETWEEN -2 AND 30),
    code      char(7) NOT NULL CHECK (char_length(code) = 7),
    place     point NOT NULL,
    outline   polygon,
    flags     bit(6) NOT NULL,
    features  json,
    opened    year NOT NULL,
    height    double(4, 2) NOT NULL,
    weight    decimal(20, 0) NOT NULL,
    ratio     float(3, 1) NOT NULL,
    picture   mediumblob,
    UNIQUE KEY room_code (floor, code)
);

CREATE TABLE booking (
    room       smallint unsigned NOT NULL,
    customer   int unsigned NOT NULL,
    first_day  date NOT NULL,
    last_day   date NOT NULL,
    arrival    time,
    token      binary(16) NOT NULL UNIQUE,
    cancelled  datetime NOT NULL DEFAULT '1000-01-01 00:00:00',
    PRIMARY KEY (room, customer, first_day),
    CONSTRAINT booking_room FOREIGN KEY (room) REFERENCES room (id),
    CONSTRAINT booking_customer FOREIGN KEY (customer) REFERENCES customer (id),
    CONSTRAINT booking_days CHECK (first_day <= last_day)
);

CREATE TABLE payment (
    id       bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer int unsigned NOT NULL,
    card     varchar(20) CHECK (card LIKE 'C-%'),
    account  varchar(20),
    net      decimal(10, 2) NOT NULL CHECK (net > 0),
    tax      decimal(10, 2) NOT NULL CHECK (tax >= 0),
    gross    decimal(10, 2) NOT NULL,
    details  longtext CHECK (json_valid(details)),
    CONSTRAINT payment_customer FOREIGN KEY (customer) REFERENCES customer (id) ON DELETE CASCADE,
    CONSTRAINT payment_sum CHECK (gross = net + tax),
    CONSTRAINT payment_means CHECK ((card IS NULL) <> (account IS NULL))
);

CREATE TABLE department (
    id   int PRIMARY KEY,
    name varchar(30) NOT NULL UNIQUE,
    head int NOT NULL
);
CREATE TABLE employee (
    id         int PRIMARY KEY,
    department int NOT NULL,
    name       varchar(60) NOT NULL,
    CONSTRAINT employee_department FOREIGN KEY (department) REFERENCES department (id)
);
ALTER TABLE department ADD CONSTRAINT department_head FOREIGN KEY (head) REFERENCES employee (id);

CREATE TABLE pair (
    low  int unsigned NOT NULL,
    high int unsigned NOT NULL,
    PRIMARY KEY (low, high),
    CONSTRAINT pair_low FOREIGN KEY (low) REFERENCES customer (id),
    CONSTRAINT pair_high FOREIGN KEY (high) REFERENCES customer (id),
    CONSTRAINT pair_order CHECK (low < high)
);
