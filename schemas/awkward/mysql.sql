-- Every awkward feature that MariaDB and MySQL have; README.md lists them.

CREATE TABLE tenants (
    tenant_id int AUTO_INCREMENT PRIMARY KEY,
    name varchar(60) NOT NULL UNIQUE,
    plan enum ('free', 'team', 'enterprise') NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE users (
    tenant_id int NOT NULL,
    user_id int NOT NULL,
    email varchar(120) NOT NULL,
    given_name varchar(40) NOT NULL,
    family_name varchar(40) NOT NULL,
    display_name varchar(81) GENERATED ALWAYS AS (concat(given_name, ' ', family_name)) VIRTUAL,
    manager_id int,
    is_owner boolean NOT NULL DEFAULT 0,
    created_at timestamp(3) NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, email),
    FOREIGN KEY (tenant_id, manager_id) REFERENCES users (tenant_id, user_id),
    CHECK (manager_id <> user_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE `Group` (
    tenant_id int NOT NULL,
    group_id int NOT NULL,
    `Title` varchar(60) NOT NULL,
    `order` int NOT NULL DEFAULT 0,
    creator_id int NOT NULL,
    PRIMARY KEY (tenant_id, group_id),
    FOREIGN KEY (tenant_id, creator_id) REFERENCES users (tenant_id, user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE memberships (
    tenant_id int NOT NULL,
    user_id int NOT NULL,
    group_id int NOT NULL,
    role varchar(10) NOT NULL CHECK (role IN ('member', 'editor', 'admin')),
    joined_on date NOT NULL,
    PRIMARY KEY (tenant_id, user_id, group_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, group_id) REFERENCES `Group` (tenant_id, group_id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE user_settings (
    tenant_id int NOT NULL,
    user_id int NOT NULL,
    theme varchar(10) NOT NULL DEFAULT 'light',
    notify json NOT NULL,
    quiet_from time,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE countries (
    iso2 char(2) PRIMARY KEY NOT NULL,
    iso3 char(3) NOT NULL UNIQUE,
    name varchar(60) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE branches (
    id int AUTO_INCREMENT PRIMARY KEY,
    country_iso3 char(3) NOT NULL,
    name varchar(60) NOT NULL,
    latitude double CHECK (latitude BETWEEN -90 AND 90),
    longitude double CHECK (longitude BETWEEN -180 AND 180),
    FOREIGN KEY (country_iso3) REFERENCES countries (iso3)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE `order` (
    order_no bigint AUTO_INCREMENT PRIMARY KEY,
    tenant_id int NOT NULL,
    buyer_id int NOT NULL,
    seller_id int NOT NULL,
    state enum ('draft', 'open', 'closed') NOT NULL,
    `select` varchar(40),
    net decimal(12, 2) NOT NULL CHECK (net > 0),
    tax_rate decimal(4, 3) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1),
    gross decimal(14, 2) GENERATED ALWAYS AS (round(net * (1 + tax_rate), 2)) STORED,
    minimum int NOT NULL,
    maximum int NOT NULL,
    placed_on date NOT NULL,
    due_on date,
    tags json NOT NULL,
    payload json,
    FOREIGN KEY (tenant_id, buyer_id) REFERENCES users (tenant_id, user_id),
    FOREIGN KEY (tenant_id, seller_id) REFERENCES users (tenant_id, user_id),
    CHECK (buyer_id <> seller_id),
    CHECK (minimum >= 0 AND minimum <= maximum),
    CHECK (due_on IS NULL OR due_on >= placed_on),
    CHECK (state <> 'closed' OR due_on IS NOT NULL)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE invoices (
    id int AUTO_INCREMENT PRIMARY KEY,
    order_no bigint NOT NULL UNIQUE,
    current_version_id int,
    FOREIGN KEY (order_no) REFERENCES `order` (order_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE invoice_versions (
    id int AUTO_INCREMENT PRIMARY KEY,
    invoice_id int NOT NULL,
    amount decimal(12, 2) NOT NULL CHECK (amount > 0),
    issued_on date NOT NULL,
    FOREIGN KEY (invoice_id) REFERENCES invoices (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
ALTER TABLE invoices ADD CONSTRAINT invoices_current_version_id FOREIGN KEY (current_version_id) REFERENCES invoice_versions (id);

CREATE TABLE teams (
    id int AUTO_INCREMENT PRIMARY KEY,
    name varchar(40) NOT NULL UNIQUE,
    lead_id int
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE people (
    id int AUTO_INCREMENT PRIMARY KEY,
    team_id int,
    nickname varchar(40) NOT NULL,
    FOREIGN KEY (team_id) REFERENCES teams (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
ALTER TABLE teams ADD CONSTRAINT teams_lead_id FOREIGN KEY (lead_id) REFERENCES people (id);

CREATE TABLE parts (
    part_no varchar(12) PRIMARY KEY NOT NULL,
    assembly_no varchar(12),
    weight float,
    drawing blob,
    FOREIGN KEY (assembly_no) REFERENCES parts (part_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE accounts (
    id char(36) PRIMARY KEY NOT NULL,
    holder varchar(80) NOT NULL,
    opened_on date NOT NULL,
    balance decimal(14, 2) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE transfers (
    id int AUTO_INCREMENT PRIMARY KEY,
    from_account char(36) NOT NULL,
    to_account char(36) NOT NULL,
    amount decimal(12, 2) NOT NULL CHECK (amount > 0),
    made_at datetime NOT NULL,
    CHECK (from_account <> to_account),
    FOREIGN KEY (from_account) REFERENCES accounts (id),
    FOREIGN KEY (to_account) REFERENCES accounts (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE sensors (
    id smallint PRIMARY KEY NOT NULL,
    place varchar(40) NOT NULL,
    unit varchar(8) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- A partitioned table can have no foreign key here.
CREATE TABLE measurements (
    id bigint NOT NULL,
    sensor_id smallint NOT NULL,
    measured_on date NOT NULL,
    value double NOT NULL,
    PRIMARY KEY (id, measured_on)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
PARTITION BY RANGE COLUMNS (measured_on) (
    PARTITION measurements_2024 VALUES LESS THAN ('2025-01-01'),
    PARTITION measurements_2025 VALUES LESS THAN ('2026-01-01'),
    PARTITION measurements_rest VALUES LESS THAN (MAXVALUE)
);

CREATE TABLE audit_events (
    id char(36) PRIMARY KEY NOT NULL,
    tenant_id int NOT NULL,
    user_id int,
    happened_at timestamp(6) NOT NULL,
    address varchar(45),
    took varchar(20),
    detail json NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, user_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
