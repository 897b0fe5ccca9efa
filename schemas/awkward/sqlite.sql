-- Every awkward feature that SQLite has; README.md lists them.

CREATE TABLE tenants (
    tenant_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name varchar(60) NOT NULL UNIQUE,
    plan TEXT NOT NULL CHECK (plan IN ('free', 'team', 'enterprise'))
);

CREATE TABLE users (
    tenant_id integer NOT NULL REFERENCES tenants (tenant_id),
    user_id integer NOT NULL,
    email varchar(120) NOT NULL COLLATE NOCASE,
    given_name varchar(40) NOT NULL,
    family_name varchar(40) NOT NULL,
    display_name varchar(81) GENERATED ALWAYS AS (given_name || ' ' || family_name) VIRTUAL,
    manager_id integer,
    is_owner boolean NOT NULL DEFAULT 0,
    created_at timestamp NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, email),
    FOREIGN KEY (tenant_id, manager_id) REFERENCES users (tenant_id, user_id),
    CHECK (manager_id <> user_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX one_owner_per_tenant ON users (tenant_id) WHERE is_owner;

CREATE TABLE "Group" (
    tenant_id integer NOT NULL,
    group_id integer NOT NULL,
    "Title" varchar(60) NOT NULL,
    "order" integer NOT NULL DEFAULT 0,
    creator_id integer NOT NULL,
    PRIMARY KEY (tenant_id, group_id),
    FOREIGN KEY (tenant_id, creator_id) REFERENCES users (tenant_id, user_id)
);

CREATE TABLE memberships (
    tenant_id integer NOT NULL,
    user_id integer NOT NULL,
    group_id integer NOT NULL,
    role varchar(10) NOT NULL CHECK (role IN ('member', 'editor', 'admin')),
    joined_on date NOT NULL,
    PRIMARY KEY (tenant_id, user_id, group_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, group_id) REFERENCES "Group" (tenant_id, group_id) ON DELETE CASCADE
);

CREATE TABLE user_settings (
    tenant_id integer NOT NULL,
    user_id integer NOT NULL,
    theme varchar(10) NOT NULL DEFAULT 'light',
    notify TEXT NOT NULL CHECK (json_valid(notify)),
    quiet_from time,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id)
);

CREATE TABLE countries (
    iso2 char(2) PRIMARY KEY NOT NULL,
    iso3 char(3) NOT NULL UNIQUE,
    name varchar(60) NOT NULL
);

CREATE TABLE branches (
    id INTEGER PRIMARY KEY,
    country_iso3 char(3) NOT NULL REFERENCES countries (iso3),
    name varchar(60) NOT NULL,
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180)
);

CREATE TABLE "order" (
    order_no INTEGER PRIMARY KEY,
    tenant_id integer NOT NULL,
    buyer_id integer NOT NULL,
    seller_id integer NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'open', 'closed')),
    "select" varchar(40),
    net numeric(12, 2) NOT NULL CHECK (net > 0),
    tax_rate numeric(4, 3) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1),
    gross numeric(14, 2) GENERATED ALWAYS AS (round(net * (1 + tax_rate), 2)) STORED,
    minimum integer NOT NULL,
    maximum integer NOT NULL,
    placed_on date NOT NULL,
    due_on date,
    tags TEXT NOT NULL DEFAULT '[]',
    payload TEXT,
    FOREIGN KEY (tenant_id, buyer_id) REFERENCES users (tenant_id, user_id),
    FOREIGN KEY (tenant_id, seller_id) REFERENCES users (tenant_id, user_id),
    CHECK (buyer_id <> seller_id),
    CHECK (minimum >= 0 AND minimum <= maximum),
    CHECK (due_on IS NULL OR due_on >= placed_on),
    CHECK (state <> 'closed' OR due_on IS NOT NULL)
);

CREATE TABLE invoices (
    id INTEGER PRIMARY KEY,
    order_no integer NOT NULL UNIQUE REFERENCES "order" (order_no),
    current_version_id integer NOT NULL REFERENCES invoice_versions (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE invoice_versions (
    id INTEGER PRIMARY KEY,
    invoice_id integer NOT NULL REFERENCES invoices (id),
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    issued_on date NOT NULL
);

CREATE TABLE teams (
    id INTEGER PRIMARY KEY,
    name varchar(40) NOT NULL UNIQUE,
    lead_id integer REFERENCES people (id)
);

CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    team_id integer REFERENCES teams (id),
    nickname varchar(40) NOT NULL
);

CREATE TABLE parts (
    part_no varchar(12) PRIMARY KEY NOT NULL,
    assembly_no varchar(12) REFERENCES parts (part_no),
    weight real,
    drawing blob
);

CREATE TABLE accounts (
    id uuid PRIMARY KEY NOT NULL,
    holder varchar(80) NOT NULL,
    opened_on date NOT NULL,
    balance numeric(14, 2) NOT NULL
);

CREATE TABLE transfers (
    id INTEGER PRIMARY KEY,
    from_account uuid NOT NULL REFERENCES accounts (id),
    to_account uuid NOT NULL REFERENCES accounts (id),
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    made_at timestamp NOT NULL,
    CHECK (from_account <> to_account)
);

CREATE TABLE sensors (
    id smallint PRIMARY KEY NOT NULL,
    place varchar(40) NOT NULL,
    unit varchar(8) NOT NULL
);

CREATE TABLE measurements (
    id bigint NOT NULL,
    sensor_id smallint NOT NULL REFERENCES sensors (id),
    measured_on date NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (id, measured_on)
);

CREATE TABLE audit_events (
    id uuid PRIMARY KEY NOT NULL,
    tenant_id integer NOT NULL,
    user_id integer,
    happened_at timestamp NOT NULL,
    address varchar(45),
    took varchar(20),
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
